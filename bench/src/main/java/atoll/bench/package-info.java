/**
 * Benchmarks: the side-by-side comparison with QEMU ({@link atoll.bench.Compare}) and JMH parts.
 * Not shipped; nothing here is a test.
 */
package atoll.bench;
