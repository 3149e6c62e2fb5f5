"""Pure rules of working time, policies and clocks: no I/O, no wall clock, standard library only."""
