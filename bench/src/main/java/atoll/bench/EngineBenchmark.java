package atoll.bench;

import atoll.cpu.Exit;
import atoll.engine.Hart;
import atoll.isa.CsrNumber;
import atoll.testkit.Engines;
import atoll.testkit.MachineFixture;
import atoll.testkit.PageTables;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * The most frequent actions of an engine, each in an endless loop of guest code: nanoseconds for
 * one instruction, one TLB fill, one trap and return, one MMIO exit.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class EngineBenchmark {
  private static final int INSTRUCTIONS = 1_000_000;
  private static final int EVENTS = 10_000;
  private static final int PAGES = 2048;

  /** The engine's name. */
  @Param("interpreter")
  public String engine;

  private MachineFixture compute;
  private MachineFixture traps;
  private MachineFixture mmio;
  private MachineFixture walks;

  /** One machine for each benchmark, at the start of its loop. */
  @Setup
  public void assemble() {
    compute = machine();
    compute.code(
        """
          li s0, 0x80100000
          li s1, 1023
        1:
          addi a0, a0, 1
          and a1, a0, s1
          slli a2, a1, 3
          add a2, a2, s0
          ld a3, 0(a2)
          xor a3, a3, a0
          sd a3, 0(a2)
          andi a4, a0, 63
          bnez a4, 1b
          mul a5, a3, a0
          j 1b
        """);
    traps = machine();
    traps.csr(CsrNumber.MTVEC, MachineFixture.CODE + 0x100);
    traps.place(MachineFixture.CODE + 0x100, "csrr t0, mepc; addi t0, t0, 4; csrw mepc, t0; mret");
    traps.code("1: ecall; j 1b");
    mmio = machine();
    mmio.code("li a0, 0x10000000; 1: lbu a1, 5(a0); j 1b");
    walks = walking();
  }

  private MachineFixture machine() {
    return new MachineFixture(Engines.shipped(engine));
  }

  /** Loads from more pages than a TLB holds, in S mode. */
  private MachineFixture walking() {
    MachineFixture m = machine();
    PageTables tables = new PageTables(m.memory(), 3, MachineFixture.TABLES);
    tables.map(MachineFixture.CODE, MachineFixture.CODE, PageTables.ALL);
    long window = 0x4000_0000L;
    for (int i = 0; i < PAGES; i++) {
      tables.map(window + i * 4096L, MachineFixture.DATA, PageTables.ALL);
    }
    m.csr(CsrNumber.SATP, tables.satp(1));
    m.code(
        """
          li s0, 0x40000000
          li s1, 0x40800000
          li s2, 4096
        1:
          mv a0, s0
        2:
          ld a1, 0(a0)
          add a0, a0, s2
          bltu a0, s1, 2b
          j 1b
        """);
    m.enter(1);
    return m;
  }

  @TearDown
  public void close() {
    compute.close();
    traps.close();
    mmio.close();
    walks.close();
  }

  /** Integer code with a load and a store in each round. */
  @Benchmark
  @OperationsPerInvocation(INSTRUCTIONS)
  public long instruction() {
    compute.hart().run(INSTRUCTIONS);
    return compute.hart().pc();
  }

  /** An ecall, its handler of four instructions, and mret. */
  @Benchmark
  @OperationsPerInvocation(EVENTS)
  public long trapAndReturn() {
    traps.hart().run(EVENTS * 6L);
    return traps.hart().pc();
  }

  /** A load from a device: out of the hart and in again. */
  @Benchmark
  @OperationsPerInvocation(EVENTS)
  public long mmioExit() {
    Hart hart = mmio.hart();
    for (int i = 0; i < EVENTS; ) {
      if (hart.run(INSTRUCTIONS) == Exit.MMIO_READ) {
        hart.exit().value = i++;
      }
    }
    return hart.pc();
  }

  /** A page walk of three levels and a fill, with the three instructions of its loop. */
  @Benchmark
  @OperationsPerInvocation(EVENTS)
  public long tlbFill() {
    walks.hart().run(EVENTS * 3L);
    return walks.hart().tlbFills();
  }
}
