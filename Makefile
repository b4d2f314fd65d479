# relsynth: PGXS builds and installs the extension; demo, check, check-versions and bench do everything else, dependencies included.
#
#   make demo             a throw-away server, a CRM database, its synthetic copy
#   make check            every test on this machine's PostgreSQL
#   make check-versions   build and regression suite on PostgreSQL 15, 17 and 18
#   make bench            synthesize against plainly copying the same rows
#   make docs             the pictures in docs/
#   make && make install  as with any extension; make installcheck against a running server
EXTENSION = relsynth
EXTVERSION := $(shell sed -n "s/^default_version *= *'\(.*\)'/\1/p" relsynth.control)
PG_CONFIG ?= pg_config
PG_MIN ?= 15
PG_MAX ?= 18
export PG_CONFIG PG_MIN PG_MAX

# These run on a machine that has nothing yet, so they must not read PGXS: they install what is missing, then build with make again.
ERRANDS = demo check check-versions bench docs dependencies dist
ifneq ($(filter $(ERRANDS),$(MAKECMDGOALS)),)

.PHONY: $(MAKECMDGOALS)
.NOTPARALLEL:

dependencies:
	@scripts/install-dependencies build demo check versions

demo:
	@scripts/install-dependencies build demo
	@scripts/with-cluster test/demo/run

check:
	@scripts/install-dependencies build demo check
	@scripts/check

check-versions:
	@scripts/install-dependencies build demo versions
	@scripts/check-versions

bench:
	@scripts/install-dependencies build demo bench
	@scripts/bench

docs:
	@scripts/install-dependencies build demo docs
	@scripts/with-cluster scripts/docs

dist:
	git archive --format zip --prefix=relsynth-$(EXTVERSION)/ -o relsynth-$(EXTVERSION).zip HEAD

$(filter-out $(ERRANDS),$(MAKECMDGOALS)):
	$(MAKE) $@

else

ifeq ($(shell command -v $(PG_CONFIG)),)
$(error $(PG_CONFIG) not found; "make dependencies" installs what is missing from Debian's packages, PG_CONFIG=/path/to/pg_config names another server)
endif

MODULE_big = relsynth
SOURCES := $(sort $(wildcard src/*.cpp src/pg/*.cpp src/core/*.cpp))
OBJS = $(SOURCES:.cpp=.o)
DATA_built = sql/relsynth--$(EXTVERSION).sql
DATA = $(filter-out $(DATA_built),$(wildcard sql/relsynth--*--*.sql))
REGRESS = $(patsubst test/sql/%.sql,%,$(sort $(wildcard test/sql/*.sql)))
REGRESS_OPTS = --inputdir=test
EXTRA_CLEAN = $(OBJS:.o=.d)

WERROR = -Werror
# -Wno-register: the headers of older servers; -Wno-restrict: g++ 12 takes "literal" + std::string for an overlapping copy.
WARNINGS = -Wall -Wextra $(WERROR) -Wno-register -Wno-restrict
PG_CXXFLAGS = -std=c++20 -O2 -fvisibility=hidden -fvisibility-inlines-hidden -MMD -MP $(WARNINGS) $(OPTFLAGS)
EIGEN_INCLUDE ?= /usr/include/eigen3
PG_CPPFLAGS = -Isrc -isystem $(shell $(PG_CONFIG) --includedir-server) -isystem $(EIGEN_INCLUDE) -DEIGEN_DONT_PARALLELIZE
SHLIB_LINK += -lstdc++ -lpthread

override with_llvm = no
PGXS := $(shell $(PG_CONFIG) --pgxs)
include $(PGXS)

ifneq ($(shell test $(MAJORVERSION) -ge $(PG_MIN) -a $(MAJORVERSION) -le $(PG_MAX) && echo supported),supported)
$(error relsynth supports PostgreSQL $(PG_MIN) to $(PG_MAX), $(PG_CONFIG) is of $(VERSION); to try all the same, set PG_MIN or PG_MAX)
endif

ifeq ($(findstring ccache,$(CXX)),)
override CXX := $(if $(shell command -v ccache),ccache )$(CXX)
endif

$(DATA_built): sql/relsynth.sql relsynth.control
	cp $< $@

# Other flags or another server: build anew.
BUILT_WITH := $(VERSION) $(CXX) $(CXXFLAGS) $(CPPFLAGS)
ifneq ($(BUILT_WITH),$(shell cat .built-with 2>/dev/null))
$(shell printf '%s\n' '$(BUILT_WITH)' > .built-with)
endif
$(OBJS): .built-with

-include $(OBJS:.o=.d)

endif
