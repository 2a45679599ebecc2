/**
 * x86-64 code for instructions, blocks and regions: all that the engine knows of that processor,
 * behind {@link atoll.engine.x64.X64Target}. Decides nothing: what is translated, and when, is said
 * by {@code atoll.engine.translate}.
 */
package atoll.engine.x64;
