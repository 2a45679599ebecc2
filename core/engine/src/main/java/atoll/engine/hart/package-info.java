/**
 * Harts in software: registers, CSRs, traps, interrupts, loads and stores beyond the TLB, and what
 * harts ask of one another. Executes no instruction: an {@link atoll.engine.Engine.Executor} does.
 */
package atoll.engine.hart;
