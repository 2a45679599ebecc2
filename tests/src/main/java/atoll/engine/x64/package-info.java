/** What tests have to know of the engine's shared subroutines. */
package atoll.engine.x64;
