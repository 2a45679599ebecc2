package atoll.engine;

import atoll.cpu.Cpu;
import atoll.state.Stateful;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.LongConsumer;

/**
 * A RISC-V hart as monitors and tools see it.
 *
 * <p>A hart belongs to the thread that calls {@link #run}; from other threads only {@link #raise},
 * {@link #kick}, {@link #machineTimer} and the group's fences may be called.
 */
public interface Hart extends Cpu, Stateful<HartState> {
  /** The hart's number, which {@code mhartid} reads. */
  int id();

  /** Integer register {@code r}, 0 to 31. */
  long x(int r);

  /** Sets an integer register; x0 stays zero. */
  void x(int r, long value);

  /** Floating-point register {@code r} with its NaN box. */
  long f(int r);

  /** Sets all 64 bits of a floating-point register. */
  void f(int r, long value);

  /** The address of the next instruction. */
  long pc();

  /** Sets where the hart goes on. */
  void pc(long value);

  /** U, S or M: see {@link Privilege}. */
  int privilege();

  /** V: whether U and S are VU and VS, the modes of a guest of this machine's own hypervisor. */
  boolean virtual();

  /**
   * A CSR as machine mode reads it.
   *
   * @throws IllegalArgumentException if there is no such CSR
   */
  long csr(int number);

  /** Writes a CSR as machine mode would; see {@link #csr(int)}. */
  void csr(int number, long value);

  /**
   * The 64 bits at a virtual address as a load by the guest would now read them, for hypercalls
   * that pass pointers; empty where the guest itself would trap. The hart must not be running.
   */
  OptionalLong peek(long va);

  // ------------------------------------------------------------ for debuggers

  /**
   * How it goes on at the next {@link #run}, which ends with {@link atoll.cpu.Exit#BREAK} where
   * that leads or at a stop point, if it meets one. The hart must not be running.
   *
   * @param past whether it gets past the stop point at which it has stopped
   */
  void advance(Advance how, boolean past);

  /** Why it has stopped last. */
  StopCause stopCause();

  /**
   * Makes a single step on the calling thread, without interrupts; the hart must not be running.
   *
   * @param past as for {@link #advance}
   * @return false if the instruction needs a device, or more: it has not been executed then
   */
  boolean stepAlone(boolean past);

  /**
   * Where a virtual address of the hart's mode leads. The hart must not be running, and neither
   * must others of its machine.
   */
  AddressTranslation translate(long va);

  /**
   * The same for another mode of its.
   *
   * @param privilege U, S or M: see {@link Privilege}
   * @param virtual whether VU or VS is meant
   */
  AddressTranslation translate(long va, int privilege, boolean virtual);

  /** What it has ended with {@link atoll.cpu.Exit#FAULT} for, or has told of since it got on. */
  Optional<TrapLoop> unhandled();

  /**
   * What the tables of its mode map, by address, the first stage alone; the hart must not be
   * running.
   *
   * @param most ranges to tell of
   */
  List<MappedRange> mappings(int most);

  /** The numbers of the CSRs that it has, in order. */
  List<Integer> csrs();

  // ------------------------------------------------------------ for tracers

  /** Shows every instruction to {@code tracer} from now on; null ends that. */
  void trace(Tracer tracer);

  /**
   * Gives it an incoming MSI controller, and with that the CSRs of Smaia and Ssaia. Once, before it
   * runs; without it, there are none.
   */
  void interruptFiles(InterruptFile machine, InterruptFile supervisor);

  /** Traps taken, by cause. */
  TrapCounts traps();

  /** TLB misses that were filled. */
  long tlbFills();

  /** Page-table walks. */
  long tableWalks();

  /** TLB flushes asked for by the guest. */
  long tlbFlushes();

  /** How addresses were translated. */
  MmuStatistics mmuStatistics();

  /** What the hart's engine has translated. */
  TranslationStatistics translation();

  /**
   * Says who pays for what other threads do for the hart's engine.
   *
   * @param pays gets nanoseconds of CPU time, on these threads
   */
  void payer(LongConsumer pays);

  /**
   * The same as code, for harts of other machines that go on from the same state; nothing if there
   * is none. No hart of this machine executes, and no device stores to its memory.
   */
  Optional<HartCode> code();

  /** Puts the hart where firmware begins: machine mode, translation off, everything else reset. */
  void enterMachine(long pc, long a0, long a1);

  /**
   * Puts the hart where an SBI implementation hands over (SBI §4): supervisor mode, translation
   * off, all traps but its environment calls delegated, all memory and counters accessible.
   */
  void enterSupervisor(long pc, long a0, long a1);

  /** Sets {@code mtimecmp}, in ticks of {@code time}; any thread. */
  void machineTimer(long ticks);

  /** Sets {@code stimecmp}, in ticks of {@code time}; the hart's own thread. */
  void supervisorTimer(long ticks);

  /**
   * Ends the instruction whose access has been served; the hart's {@link #state} then is one
   * between two instructions.
   *
   * @return {@link atoll.cpu.Exit#BUDGET}, or {@link atoll.cpu.Exit#FAULT} if that leads to a trap
   *     which cannot be delivered
   */
  int settle();

  /** Runs guest code without a limit in time. */
  default int run(long budget) {
    return run(budget, UNKNOWN, NEVER);
  }
}
