// Kernel files are compiled once for each instruction set, with the set's name in BRIDLE_LEVEL, and
// all their code is in a namespace of that name. They must not instantiate std:: templates: the
// linker could keep the copy with the newest instructions for all sets, and older processors would
// crash.
#pragma once

#ifndef BRIDLE_LEVEL
#error "BRIDLE_LEVEL must name the instruction set"
#endif
