// The namespace of a kernel file: the build compiles it once for each instruction set, with
// BRIDLE_LEVEL naming it, and everything lives in the namespace of that name. No std:: template is
// instantiated in such a file: the linker would be free to keep the copy of the highest level for
// everyone, and older processors would meet instructions that they lack.
#pragma once

#ifndef BRIDLE_LEVEL
#error "BRIDLE_LEVEL must name the instruction set"
#endif
