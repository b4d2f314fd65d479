-- relsynth: synthetic copies of whole relational databases
\echo Use "CREATE EXTENSION relsynth" to load this file. \quit
