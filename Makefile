# relsynth: build and install with PGXS; demo, check and bench from here.
EXTENSION = relsynth
EXTVERSION := $(shell sed -n "s/^default_version *= *'\(.*\)'/\1/p" relsynth.control)
MODULE_big = relsynth
SOURCES := $(sort $(wildcard src/*.cpp src/pg/*.cpp src/core/*.cpp))
OBJS = $(SOURCES:.cpp=.o)
DATA_built = sql/relsynth--$(EXTVERSION).sql
DATA = $(filter-out $(DATA_built),$(wildcard sql/relsynth--*--*.sql))
REGRESS = $(patsubst test/sql/%.sql,%,$(sort $(wildcard test/sql/*.sql)))
REGRESS_OPTS = --inputdir=test

WARNINGS = -Wall -Wextra -Werror -Wno-register
PG_CXXFLAGS = -std=c++20 -O2 -fvisibility=hidden -fvisibility-inlines-hidden -DEIGEN_DONT_PARALLELIZE -MMD -MP $(WARNINGS)
PG_CPPFLAGS = -I$(srcdir)/src -isystem $(shell $(PG_CONFIG) --includedir-server)
SHLIB_LINK += -lstdc++ -lpthread

PG_CONFIG ?= pg_config
override with_llvm = no
PGXS := $(shell $(PG_CONFIG) --pgxs)
include $(PGXS)

sql/relsynth--$(EXTVERSION).sql: sql/relsynth.sql
	cp $< $@

-include $(OBJS:.o=.d)
EXTRA_CLEAN = $(OBJS:.o=.d)
