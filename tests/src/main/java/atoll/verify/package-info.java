/** Mutants of translated code, and a processor that watches what they touch. */
package atoll.verify;
