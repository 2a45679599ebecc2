package atoll.tests;

import atoll.cpu.Exit;
import atoll.engine.Hart;
import atoll.engine.Interrupts;
import atoll.engine.Tracer;
import atoll.isa.CsrNumber;
import java.util.List;
import java.util.SplittableRandom;

/**
 * One {@link HotProgram} on two engines, burst by burst: both run for the same budget, both are
 * disturbed in the same way in between, and both must be in the same state. The whole run follows
 * from its seed, so that it can be repeated up to any burst.
 */
final class LockStepRun implements AutoCloseable {
  /** Bursts between two comparisons of memory. */
  private static final int MEMORY_INTERVAL = 512;

  /** Bursts between two comparisons of all CSRs; of those that anything writes there is none. */
  private static final int CSR_INTERVAL = 8;

  /** One burst in so many is of any length, so that each program gets on. */
  private static final int STRIDE = 32;

  /** Of the lengths of bursts, the number of bits. */
  private static final int MOST_BITS = 17;

  /** Bursts after which a forgetful one forgets. */
  private static final int FORGETTING = 32;

  /** Instructions after which a unit that does not end is left by force. */
  private static final long PATIENCE = 400_000;

  /** What is used up before the traps of a unit are looked at. */
  private static final long LOOK = 4_000;

  /** Instructions of that, below which it does nothing but trap: a handler has more a trap. */
  private static final long FEW = LOOK / 20;

  private static final int MIE_MEIE = 1 << Interrupts.MEI;
  private static final int[] LINES = {
    Interrupts.SSI, Interrupts.MSI, Interrupts.STI, Interrupts.SEI
  };

  private final LockStepMachine expected;
  private final LockStepMachine tried;
  private final SplittableRandom random;
  private final int longest;
  private final boolean disturbed;
  private final boolean forgetful;
  private int bursts;
  private long spent;
  private long unit;
  private long unitStart;
  private long lookedAt;
  private long usedUp;
  private long usedUpThen;

  LockStepRun(LockStepPair pair, long seed) {
    expected = new LockStepMachine(pair.oracle());
    tried = new LockStepMachine(pair.engine());
    forgetful = pair.forgetful();
    HotProgram.load(seed, expected, tried);
    random = new SplittableRandom(~seed);
    longest = 4 + random.nextInt(MOST_BITS - 3);
    disturbed = random.nextInt(4) != 0;
  }

  /** Instructions that each machine has executed. */
  long instructions() {
    return expected.hart().instructions();
  }

  /** The sum of all budgets: a guest that traps at every instruction executes none. */
  long spent() {
    return spent;
  }

  /** Bursts so far. */
  int bursts() {
    return bursts;
  }

  /** Runs one burst; whether both still agree, memory included every so often. */
  boolean step() {
    begin();
    run(budget());
    return expected.agrees(tried, bursts % CSR_INTERVAL == 0)
        && (bursts % MEMORY_INTERVAL != 0 || expected.firstDifferenceInMemory(tried) < 0);
  }

  /** Whether both agree in everything now. */
  boolean agree() {
    return expected.agrees(tried) && expected.firstDifferenceInMemory(tried) < 0;
  }

  /** What comes before a burst: the disturbances. */
  void begin() {
    bursts++;
    if (forgetful && bursts % FORGETTING == 0) {
      tried.forget();
      tried.serve();
      expected.serve(); // which ends kicks and accesses in both alike
    }
    Hart hart = expected.hart();
    if (expected.reason() == Exit.HALT) {
      wake(hart);
    }
    keepGoing(hart);
    if (disturbed && random.nextInt(24) == 0) {
      disturb();
    }
  }

  /** The budget of the burst that has begun; asked for once. */
  long budget() {
    int bits = 1 + random.nextInt(bursts % STRIDE == 0 ? MOST_BITS : longest);
    return 1L + random.nextInt(1 << bits);
  }

  /** Lets both machines run. */
  void run(long budget) {
    spent += budget;
    expected.run(budget);
    tried.run(budget);
    if (expected.reason() == Exit.BUDGET) {
      usedUp += budget;
    }
  }

  /** Shows every instruction of the oracle to {@code tracer}. */
  void trace(Tracer tracer) {
    expected.hart().trace(tracer);
  }

  /** What differs: the oracle's first. */
  List<String> differences() {
    return expected.differences(tried);
  }

  // ------------------------------------------------------------ disturbances

  /** Ends a wait by an interrupt that is enabled. */
  private void wake(Hart hart) {
    long enabled = hart.csr(CsrNumber.MIE);
    for (int line : LINES) {
      if ((enabled & 1L << line) != 0 && line != Interrupts.STI) {
        raise(line);
        return;
      }
    }
    escape(hart);
  }

  /**
   * Leaves a unit that does not end by itself, such as one whose stack or loop counter is lost, or
   * whose handler cannot be fetched.
   */
  private void keepGoing(Hart hart) {
    long next = expected.memory().getLong(TrapHandlers.VARIABLES + TrapHandlers.NEXT);
    long now = hart.instructions();
    if (next != unit) {
      unit = next;
      unitStart = now;
    } else if (now - unitStart > PATIENCE || onlyTraps(now)) {
      unitStart = now;
      escape(hart);
    }
  }

  /**
   * Whether next to nothing has been executed of budgets that were used up: the same trap again and
   * again. A burst that ends early, by a device or a wait, does not count.
   */
  private boolean onlyTraps(long now) {
    if (usedUp - usedUpThen < LOOK) {
      return false;
    }
    boolean few = now - lookedAt < FEW;
    lookedAt = now;
    usedUpThen = usedUp;
    return few;
  }

  private void escape(Hart hart) {
    if (hart.privilege() == 3) {
      expected.hart().pc(TrapHandlers.dispatcher());
      tried.hart().pc(TrapHandlers.dispatcher());
    } else {
      write(CsrNumber.MIE, hart.csr(CsrNumber.MIE) | MIE_MEIE);
      raise(Interrupts.MEI);
    }
  }

  private void disturb() {
    switch (random.nextInt(8)) {
      case 0, 1, 2 -> raise(LINES[random.nextInt(LINES.length)]);
      case 3 -> timer(random.nextInt(64));
      case 4 -> time(random.nextInt(50));
      case 5 -> touchCode();
      case 6 -> writeData();
      default -> lowerAll();
    }
  }

  private void raise(int line) {
    expected.hart().raise(line, true);
    tried.hart().raise(line, true);
  }

  private void lowerAll() {
    for (int line : LINES) {
      expected.hart().raise(line, false);
      tried.hart().raise(line, false);
    }
  }

  private void write(int csr, long value) {
    expected.hart().csr(csr, value);
    tried.hart().csr(csr, value);
  }

  private void timer(long ticks) {
    long at = expected.clock().nanos() / 100 + ticks;
    expected.hart().machineTimer(at);
    tried.hart().machineTimer(at);
  }

  private void time(long ticks) {
    long now = expected.clock().nanos() / 100 + ticks;
    expected.clock().ticks(now);
    tried.clock().ticks(now);
  }

  /** A device writes to a page of code what is there already: the code must survive. */
  private void touchCode() {
    long at = HotSpace.CODE + random.nextInt(0x8000) * 4L;
    int word = expected.memory().getInt(at);
    expected.memory().putInt(at, word);
    tried.memory().putInt(at, word);
  }

  private void writeData() {
    long at = HotSpace.DATA + 4096 + random.nextInt(0x6000) * 8L;
    long value = random.nextLong();
    expected.memory().putLong(at, value);
    tried.memory().putLong(at, value);
  }

  @Override
  public void close() {
    expected.close();
    tried.close();
  }
}
