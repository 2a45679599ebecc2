package atoll.testkit;

import atoll.cpu.Exit;
import atoll.engine.Engine;
import atoll.kernel.Microkernel;
import atoll.kernel.SchedulingContext.Reservation;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * A guest that waits for a timer again and again and measures by its own clock how late it is: what
 * {@code cyclictest} does, in a few instructions.
 */
public final class LatencyProbe implements AutoCloseable {
  private static final long NANOS_PER_TICK = 100;

  private final BareDomain domain;
  private final int samples;
  private final CompletableFuture<Void> done = new CompletableFuture<>();

  /**
   * Makes one; {@link #start} lets it run.
   *
   * @param periodMicros between two deadlines
   */
  public LatencyProbe(
      Microkernel board,
      Engine engine,
      int pcpu,
      Reservation reservation,
      int samples,
      int periodMicros) {
    this(board, engine, pcpu, reservation, samples, periodMicros, true);
  }

  private LatencyProbe(
      Microkernel board,
      Engine engine,
      int pcpu,
      Reservation reservation,
      int samples,
      int periodMicros,
      boolean periodic) {
    this.samples = samples;
    String source = source(samples, periodMicros * 1_000L / NANOS_PER_TICK, periodic);
    domain = new BareDomain(board, engine, "probe", pcpu, reservation, source);
    domain.serving(Exit.MMIO_WRITE, (vcpu, exit) -> done.complete(null));
  }

  /**
   * The same with each deadline a period after the wake-up before, so that it is not late for that:
   * on a busy host lateness does not add up.
   */
  public static LatencyProbe resting(
      Microkernel board,
      Engine engine,
      int pcpu,
      Reservation reservation,
      int samples,
      int periodMicros) {
    return new LatencyProbe(board, engine, pcpu, reservation, samples, periodMicros, false);
  }

  private static String source(int samples, long periodTicks, boolean periodic) {
    return """
      li t0, 1
      slli t0, t0, 63
      csrw menvcfg, t0        # Sstc
      li t0, 32
      csrw mie, t0            # a timer ends wfi; mstatus.MIE stays clear, so it does not trap
      mv s0, a1
      li s1, %d
      li s2, %d
      csrr s3, time
    next:
      %s
      add s3, s3, s2
      csrw stimecmp, s3
    wait:
      wfi
      csrr t1, time
      sub t2, t1, s3
      bltz t2, wait
      sd t2, 0(s0)
      addi s0, s0, 8
      addi s1, s1, -1
      bnez s1, next
      li t0, -1
      csrw stimecmp, t0
      li t3, 0x10000000
      sw zero, 0(t3)          # tells the test
    end:
      wfi
      j end
    """
        .formatted(samples, periodTicks, periodic ? "" : "csrr s3, time");
  }

  /** Lets it run. */
  public LatencyProbe start() {
    domain.start();
    return this;
  }

  public BareDomain domain() {
    return domain;
  }

  /**
   * The same in time that a test moves, which is by a period whenever the probe waits for that.
   *
   * @param work grows by what somebody else does, which is to be something in each period
   */
  public long[] latencies(VirtualTime time, LongSupplier work) {
    long before = work.getAsLong();
    while (!done.isDone()) {
      long now = work.getAsLong();
      if (now != before) {
        before = now;
        time.advanceFor(domain.vcpu());
      }
      Thread.onSpinWait();
    }
    return latencies();
  }

  /** Waits for the last sample; all of them, shortest first, in nanoseconds. */
  public long[] latencies() {
    try {
      done.get(60, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new AssertionError("the probe has not ended within a minute", e);
    }
    long[] all = new long[samples];
    for (int i = 0; i < samples; i++) {
      all[i] = domain.memory().getLong(BareDomain.DATA + 8L * i) * NANOS_PER_TICK;
    }
    Arrays.sort(all);
    return all;
  }

  @Override
  public void close() {
    domain.close();
  }
}
