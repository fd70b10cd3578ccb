#ifndef CSYSTEMCALLS_BUILD_REVISION_H
#define CSYSTEMCALLS_BUILD_REVISION_H

/// The commit that the program was built from; empty when whoever built it did not say.
const char *csystem_build_revision(void);

#endif
