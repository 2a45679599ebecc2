package atoll.engine;

/** Why a CPU stopped running guest code: one reusable frame per CPU. */
public final class Exit {
  /** The budget was used up, or somebody kicked the CPU. */
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
   * A translation is missing that the kernel itself makes, by {@link Cpu#fillTlb}; the next run
   * executes the instruction anew. Only where the machine's MMU is a virtual TLB.
   */
  public static final int TLB_MISS = 6;

  /** How many reasons there are. */
  public static final int REASONS = 7;

  private static final String[] NAMES = {
    "budget", "mmio-read", "mmio-write", "hypercall", "halt", "fault", "tlb-miss"
  };

  /** Guest-physical address of an MMIO access. */
  public long address;

  /** Bytes of an MMIO access: 1, 2, 4 or 8. */
  public int size;

  /** What is written, or what the monitor has read. */
  public long value;

  /** Whether the MMIO access is a store. */
  boolean write;

  /** Set by the monitor if no device answers: the guest takes an access fault. */
  public boolean fault;

  /** Why a {@link #FAULT}, for a person. */
  public String detail = "";

  /** The name of a reason in statistics. */
  public static String name(int reason) {
    return NAMES[reason];
  }
}
