package atoll.tests;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.cpu.Exit;
import atoll.engine.Engine;
import atoll.kernel.MachineMemory;
import atoll.kernel.Microkernel;
import atoll.kernel.Permission;
import atoll.kernel.PriorityPolicy;
import atoll.kernel.SchedulingContext.Reservation;
import atoll.kernel.Semaphore;
import atoll.kernel.Status;
import atoll.testkit.BareDomain;
import atoll.testkit.VirtualTime;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * For each resource, one machine attacks and another of higher priority on the same physical CPU
 * does the same work as without it: its digest, its deadlines and its throughput.
 */
@ParameterizedClass
@MethodSource("atoll.testkit.Engines#all")
@Timeout(value = 8, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class IsolationTest {
  private static final int STEPS = 60;
  private static final int PASSES = 1_000;
  private static final int LINE = 9;
  private static final int BELL = 40;

  /**
   * Hashes a page, waits a millisecond, again and again, and notes how late it is; then hashes it
   * again and again between two accesses to a device, the second of which has the digest.
   */
  private static final String VICTIM =
      """
        li t0, 1
        slli t0, t0, 63
        csrw menvcfg, t0        # Sstc
        li t0, 32
        csrw mie, t0            # a timer ends wfi and does not trap
        li t3, 0x10000000
        mv s0, a1
        lui s6, 1
        add s6, s6, a1          # lateness, behind the page
        li s1, %d
      next:
        csrr s3, time           # from now: a guest that works slowly is not late for that
        li t0, 10000
        add s3, s3, t0
        csrw stimecmp, s3
      wait:
        wfi
        csrr t1, time
        sub t2, t1, s3
        bltz t2, wait
        sd t2, 0(s6)
        addi s6, s6, 8
        jal ra, pass
        addi s1, s1, -1
        bnez s1, next
        li t0, -1
        csrw stimecmp, t0
        sw zero, 0(t3)
        li s1, %d
      more:
        jal ra, pass
        addi s1, s1, -1
        bnez s1, more
        sd s4, 8(t3)
      end:
        wfi
        j end
      pass:
        mv t4, s0
        li t5, 512
      word:
        ld t6, 0(t4)
        slli t0, s4, 5
        sub s4, t0, s4
        add s4, s4, t6
        sd s4, 0(t4)
        addi t4, t4, 8
        addi t5, t5, -1
        bnez t5, word
        jalr zero, 0(ra)
      """
          .formatted(STEPS, PASSES);

  /** What attacks, without end. */
  enum Attack {
    NONE("end: wfi\n j end"),

    /**
     * Stores all over the guest-physical addresses, but for its own RAM, and survives the faults.
     */
    MEMORY(
        """
          jal t0, start
          csrr t1, mepc
          addi t1, t1, 4
          csrw mepc, t1
          mret
        start:
          csrw mtvec, t0
          li s0, 0x200000
          li s1, 0x400000
          li s2, 0xfffffffff
        next:
          sd s0, 0(s0)
          add s0, s0, s1
          and s0, s0, s2
          j next
        """),
    CPU_TIME("busy: addi t0, t0, 1\n mul t1, t0, t0\n j busy"),

    /** A timer that is always over, with a handler that only returns. */
    INTERRUPTS(
        """
          jal t0, start
          mret
        start:
          csrw mtvec, t0
          li t0, 1
          slli t0, t0, 63
          csrw menvcfg, t0
          csrw stimecmp, zero
          li t0, 32
          csrw mie, t0
          csrsi mstatus, 8
        storm:
          j storm
        """),
    DEVICES(
        """
          li t3, 0x10000000
        storm:
          sw t3, 0(t3)
          lw t4, 4(t3)
          j storm
        """),

    /** Each store rings the other's bell. */
    CHANNELS(
        """
          li t3, 0x20000000
        ring:
          sw t3, 0(t3)
          j ring
        """);

    final String source;

    Attack(String source) {
      this.source = source;
    }

    /** Whether it is made by stores outside its RAM, which are counted. */
    boolean stores() {
      return this == MEMORY || this == DEVICES || this == CHANNELS;
    }
  }

  @Parameter Engine engine;

  private Observed alone;

  /**
   * What the victim has done.
   *
   * @param digest of its page after all passes
   * @param late ticks by which its latest step was late
   * @param instructions executed for the passes of the second part
   * @param others instructions that the other one has executed meanwhile
   * @param attacks exits of the other one for stores outside its RAM
   */
  private record Observed(long digest, long late, long instructions, long others, long attacks) {}

  @BeforeEach
  void runAlone() throws Exception {
    alone = run(Attack.NONE);
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
  void workOfOneIsTheSameWhateverAnotherDoesTo(Attack attack) throws Exception {
    Observed beside = run(attack);
    assertThat(beside.digest).isEqualTo(alone.digest);
    assertThat(beside.instructions).isEqualTo(alone.instructions);
    assertThat(beside.late).isZero();
    assertThat(beside.others).isZero(); // an equal would have had its turn
    if (attack.stores()) {
      assertThat(beside.attacks).isPositive();
    }
  }

  private Observed run(Attack attack) throws Exception {
    VirtualTime time = new VirtualTime();
    try (Microkernel board =
            new Microkernel(time, 1, PriorityPolicy::new, new MachineMemory(4 << 20), time);
        BareDomain attacker =
            new BareDomain(board, engine, "attacker", 0, Reservation.priority(10), attack.source);
        BareDomain victim =
            new BareDomain(board, engine, "victim", 0, Reservation.priority(200), VICTIM)) {
      Semaphore bell = board.createSemaphore("bell");
      require(board.grant(bell, attacker.calls(), BELL, Permission.SIGNAL));
      require(board.grant(bell, victim.calls(), BELL, Permission.BIND));
      require(victim.calls().bindSemaphore(BELL, () -> victim.vcpu().raise(LINE, true)));
      var attacks = new AtomicLong();
      attacker
          .serving(
              Exit.MMIO_WRITE,
              (vcpu, exit) -> {
                attacks.incrementAndGet();
                exit.fault = attack == Attack.MEMORY;
                if (attack == Attack.CHANNELS) {
                  require(attacker.calls().up(BELL));
                }
              })
          .serving(Exit.MMIO_READ, (vcpu, exit) -> exit.value = 0);
      attacker.start();
      while (attack.stores() && attacks.get() == 0) {
        Thread.onSpinWait(); // the victim may leave it no time to begin
      }
      Observed observed = observe(time, attacker, victim, attacks);
      require(victim.calls().unbindSemaphore(BELL));
      return observed;
    }
  }

  private static Observed observe(
      VirtualTime time, BareDomain attacker, BareDomain victim, AtomicLong attacks) {
    var done = new CompletableFuture<Observed>();
    long[] begun = new long[2];
    victim.serving(
        Exit.MMIO_WRITE,
        (vcpu, exit) -> {
          long executed = victim.hart().instructions() - begun[0];
          long others = attacker.hart().instructions() - begun[1];
          if (exit.size == Integer.BYTES) {
            begun[0] = executed;
            begun[1] = others;
          } else {
            done.complete(
                new Observed(exit.value, latest(victim), executed, others, attacks.get()));
          }
        });
    victim.start();
    while (!done.isDone()) {
      time.advanceFor(victim.vcpu());
      Thread.onSpinWait();
    }
    return done.join();
  }

  private static long latest(BareDomain victim) {
    return LongStream.range(0, STEPS)
        .map(n -> victim.memory().getLong(BareDomain.DATA + 4096 + 8 * n))
        .max()
        .orElseThrow();
  }

  private static void require(Status status) {
    if (status != Status.OK) {
      throw new AssertionError(status);
    }
  }
}
