/**
 * x86-64 code for instructions, and the memory that it lies in. Everything here is for that
 * processor. Decides nothing: what is translated, and when, is said by {@code
 * atoll.engine.translate}.
 */
package atoll.engine.x64;
