package atoll.cpu;

import atoll.state.Unsaved;

/** Why a CPU stopped running guest code: one reusable frame per CPU. */
@Unsaved("settled before a state is taken")
public final class Exit {
  /** The budget was used up, or the CPU was kicked. */
  public static final int BUDGET = 0;

  /**
   * A load outside RAM: {@link #address} and {@link #size} say where. The monitor sets {@link
   * #value}, zero-extended, or {@link #fault}; the next run completes the instruction.
   */
  public static final int MMIO_READ = 1;

  /** A store outside RAM, with {@link #value}. The monitor may set {@link #fault}. */
  public static final int MMIO_WRITE = 2;

  /** A call to the hypervisor. The program counter is already behind it. */
  public static final int HYPERCALL = 3;

  /** The guest waits for an interrupt and has nothing pending. */
  public static final int HALT = 4;

  /** The guest cannot go on: a trap that nobody in it may handle; {@link #detail} says which. */
  public static final int FAULT = 5;

  /**
   * A load from a port, on an architecture that has them: {@link #address} is its number, and the
   * rest is as for {@link #MMIO_READ}.
   */
  public static final int PORT_READ = 6;

  /** A store to a port, with {@link #value}. */
  public static final int PORT_WRITE = 7;

  /** A breakpoint that was set from outside; the program counter is at it. */
  public static final int BREAK = 8;

  /** The CPU has shut itself down, as an architecture without firmware does after a third fault. */
  public static final int SHUTDOWN = 9;

  /**
   * The guest seems to wait for another of its CPUs, in a loop, which goes on at the next run: that
   * one may need this one's time.
   */
  public static final int YIELD = 10;

  /** How many reasons there are. */
  public static final int REASONS = 11;

  private static final String[] NAMES = {
    "budget",
    "mmio-read",
    "mmio-write",
    "hypercall",
    "halt",
    "fault",
    "port-read",
    "port-write",
    "break",
    "shutdown",
    "yield"
  };

  /** Guest-physical address of an MMIO access. */
  public long address;

  /** Bytes of an MMIO access: 1, 2, 4 or 8. */
  public int size;

  /** What is written, or what the monitor has read. */
  public long value;

  /**
   * When guest code was left, in the platform's nanoseconds; the kernel says it before a portal.
   */
  public long nanos;

  /** Whether the access is a store. */
  public boolean write;

  /** Set by the monitor if no device answers: the guest takes an access fault. */
  public boolean fault;

  /** Serves accesses without the CPU's being left; null if each is a return of {@link Cpu#run}. */
  public ExitServer server;

  /** Why a {@link #FAULT}, for a person. */
  public String detail = "";

  /** The name of a reason in statistics. */
  public static String name(int reason) {
    return NAMES[reason];
  }
}
