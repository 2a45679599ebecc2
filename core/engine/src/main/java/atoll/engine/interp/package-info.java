/**
 * What instructions mean: the interpreter's loop, and the units that execute what is not in it, for
 * the translator as well. Knows nothing of translated code.
 */
package atoll.engine.interp;
