package atoll.kernel;

import atoll.cpu.Cpu;
import atoll.cpu.Exit;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntSupplier;

/**
 * A CPU whose guest is a script: each run takes the next step and exits with its reason; after the
 * script it halts for good.
 */
final class FakeCpu implements Cpu {
  private final Exit exit = new Exit();
  private final Deque<IntSupplier> script = new ArrayDeque<>();
  private volatile int lines;
  private volatile boolean kicked;
  volatile long deadline = Long.MAX_VALUE;
  final AtomicInteger runs = new AtomicInteger();

  /** Adds a step that exits at once for {@code reason}. */
  FakeCpu exits(int reason) {
    return executes(() -> reason);
  }

  /** Adds a step that does something and exits for the reason it returns. */
  FakeCpu executes(IntSupplier step) {
    script.add(step);
    return this;
  }

  /** Adds a guest that does something whenever a line has been raised, and waits in between. */
  FakeCpu serves(IntSupplier step) {
    return executes(() -> serve(step));
  }

  private int serve(IntSupplier step) {
    script.addFirst(() -> serve(step));
    return rung() ? step.getAsInt() : Exit.HALT;
  }

  private synchronized boolean rung() {
    boolean rung = lines != 0;
    lines = 0;
    return rung;
  }

  /** Adds a guest that never exits by itself. */
  FakeCpu spins() {
    return executes(this::spin);
  }

  private int spin() {
    while (!kicked) {
      Thread.onSpinWait();
    }
    script.addFirst(this::spin);
    return Exit.BUDGET;
  }

  @Override
  public int run(long budget, long now, long until) {
    runs.incrementAndGet();
    IntSupplier step = script.poll();
    int reason = step == null ? Exit.HALT : step.getAsInt();
    kicked = false;
    return reason;
  }

  @Override
  public Exit exit() {
    return exit;
  }

  @Override
  public synchronized void raise(int line, boolean high) {
    lines = high ? lines | 1 << line : lines & ~(1 << line);
  }

  @Override
  public void kick() {
    kicked = true;
  }

  @Override
  public boolean awake() {
    return lines != 0 || kicked;
  }

  @Override
  public long deadline() {
    return deadline;
  }

  @Override
  public long instructions() {
    return runs.get();
  }

  @Override
  public void put() {}

  @Override
  public void load() {}

  @Override
  public long register(String name) {
    return 0;
  }

  @Override
  public void register(String name, long value) {}
}
