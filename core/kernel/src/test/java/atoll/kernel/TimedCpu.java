package atoll.kernel;

import atoll.cpu.Cpu;
import atoll.cpu.Exit;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongToDoubleFunction;
import java.util.function.LongUnaryOperator;

/**
 * A CPU that executes one instruction in each nanosecond of a {@link VirtualTime}, if no other
 * speed is set.
 */
final class TimedCpu implements Cpu {
  private static final LongUnaryOperator NEVER = now -> Long.MAX_VALUE;

  /** Works for a time and then exits, to be woken at the deadline that it names then. */
  private record Step(long work, int reason, LongUnaryOperator deadline) {}

  private final VirtualTime time;
  private final Exit exit = new Exit();
  private final Deque<Step> script = new ArrayDeque<>();
  private LongToDoubleFunction speed = now -> 1;
  private long look = Long.MAX_VALUE;
  private boolean repeats;
  private Step step;
  private long left;
  private long executed;
  private long deadline = Long.MAX_VALUE;
  private volatile int lines;
  private volatile boolean kicked;

  /** Whether it has the thread, and how often it has got it from another. */
  volatile boolean held;

  final AtomicInteger loads = new AtomicInteger();

  TimedCpu(VirtualTime time) {
    this.time = time;
  }

  /** Adds endless work. */
  TimedCpu busy() {
    script.add(new Step(Long.MAX_VALUE, Exit.BUDGET, NEVER));
    return this;
  }

  /** Adds work of so many nanoseconds, at whose end the CPU exits; a halt waits for a line. */
  TimedCpu works(long nanos, int reason) {
    script.add(new Step(nanos, reason, NEVER));
    return this;
  }

  /** Adds a wait until a time. */
  TimedCpu sleepsUntil(long nanos) {
    script.add(new Step(0, Exit.HALT, now -> nanos));
    return this;
  }

  /** Adds work of so many nanoseconds, and then a wait for the next multiple of the period. */
  TimedCpu periodic(long period, long nanos) {
    script.add(new Step(nanos, Exit.HALT, now -> (now / period + 1) * period));
    return this;
  }

  /** Begins anew after the last step. */
  TimedCpu forEver() {
    repeats = true;
    return this;
  }

  /**
   * Sets a speed that changes.
   *
   * @param speed instructions per nanosecond at a time
   * @param look instructions between two looks at the time until which it may run
   */
  TimedCpu speed(LongToDoubleFunction speed, long look) {
    this.speed = speed;
    this.look = look;
    return this;
  }

  @Override
  public int run(long budget, long now, long until) {
    if (kicked) {
      kicked = false;
      return Exit.BUDGET;
    }
    if (step == null && !begin()) {
      return Exit.HALT;
    }
    long moved = left == 0 ? 0 : execute(Math.min(budget, left), until);
    executed += moved;
    left -= moved;
    return left == 0 ? end() : Exit.BUDGET;
  }

  private long execute(long most, long until) {
    long done = 0;
    boolean goesOn = true;
    while (goesOn && done < most && time.nanos() < until) {
      double perNano = speed.applyAsDouble(time.nanos());
      long wanted = (long) Math.ceil(Math.min(look, most - done) / perNano);
      long moved = time.advance(wanted);
      done += Math.min((long) (moved * perNano), most - done);
      goesOn = moved == wanted;
    }
    return done;
  }

  private boolean begin() {
    lines = 0;
    deadline = Long.MAX_VALUE;
    step = script.poll();
    if (step == null) {
      return false;
    }
    left = step.work;
    if (repeats) {
      script.add(step);
    }
    return true;
  }

  private int end() {
    int reason = step.reason;
    deadline = step.deadline.applyAsLong(time.nanos());
    step = null;
    return reason;
  }

  @Override
  public Exit exit() {
    return exit;
  }

  @Override
  public void raise(int line, boolean high) {
    lines = high ? 1 : 0;
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
    return executed;
  }

  @Override
  public void put() {
    held = false;
  }

  @Override
  public void load() {
    held = true;
    loads.incrementAndGet();
  }

  @Override
  public long register(String name) {
    return 0;
  }

  @Override
  public void register(String name, long value) {}
}
