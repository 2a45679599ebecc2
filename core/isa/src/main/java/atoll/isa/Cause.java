package atoll.isa;

/**
 * Trap causes: what {@code mcause} and {@code scause} hold (priv., mcause Register and H, tables of
 * exception codes). An interrupt's number has the register's highest bit set beside it.
 */
public final class Cause {
  public static final int INSTRUCTION_MISALIGNED = 0;
  public static final int INSTRUCTION_ACCESS_FAULT = 1;
  public static final int ILLEGAL_INSTRUCTION = 2;
  public static final int BREAKPOINT = 3;
  public static final int LOAD_MISALIGNED = 4;
  public static final int LOAD_ACCESS_FAULT = 5;

  /** Also of AMOs and of {@code sc}. */
  public static final int STORE_MISALIGNED = 6;

  /** Also of AMOs and of {@code sc}. */
  public static final int STORE_ACCESS_FAULT = 7;

  /** From U, and from VU. */
  public static final int ECALL_U = 8;

  /** From S; with the hypervisor extension, from HS. */
  public static final int ECALL_S = 9;

  public static final int ECALL_VS = 10;
  public static final int ECALL_M = 11;
  public static final int INSTRUCTION_PAGE_FAULT = 12;
  public static final int LOAD_PAGE_FAULT = 13;
  public static final int STORE_PAGE_FAULT = 15;
  public static final int DOUBLE_TRAP = 16;
  public static final int SOFTWARE_CHECK = 18;
  public static final int HARDWARE_ERROR = 19;
  public static final int INSTRUCTION_GUEST_PAGE_FAULT = 20;
  public static final int LOAD_GUEST_PAGE_FAULT = 21;
  public static final int VIRTUAL_INSTRUCTION = 22;
  public static final int STORE_GUEST_PAGE_FAULT = 23;

  /** Set beside the number of an interrupt. */
  public static final long INTERRUPT = 1L << 63;

  public static final int SUPERVISOR_SOFTWARE = 1;
  public static final int VIRTUAL_SUPERVISOR_SOFTWARE = 2;
  public static final int MACHINE_SOFTWARE = 3;
  public static final int SUPERVISOR_TIMER = 5;
  public static final int VIRTUAL_SUPERVISOR_TIMER = 6;
  public static final int MACHINE_TIMER = 7;
  public static final int SUPERVISOR_EXTERNAL = 9;
  public static final int VIRTUAL_SUPERVISOR_EXTERNAL = 10;
  public static final int MACHINE_EXTERNAL = 11;
  public static final int SUPERVISOR_GUEST_EXTERNAL = 12;

  /** Sscofpmf: a counter has overflown. */
  public static final int COUNTER_OVERFLOW = 13;

  private Cause() {}

  /** What a cause register's value means: {@code "load page fault"}, {@code "machine timer"}. */
  public static String name(long cause) {
    int code = (int) Math.min(cause & ~INTERRUPT, Integer.MAX_VALUE);
    return cause < 0 ? interruptName(code) : exceptionName(code);
  }

  /** In words; {@code "exception 14"} where the code is reserved. */
  public static String exceptionName(int code) {
    return switch (code) {
      case INSTRUCTION_MISALIGNED -> "instruction address misaligned";
      case INSTRUCTION_ACCESS_FAULT -> "instruction access fault";
      case ILLEGAL_INSTRUCTION -> "illegal instruction";
      case BREAKPOINT -> "breakpoint";
      case LOAD_MISALIGNED -> "load address misaligned";
      case LOAD_ACCESS_FAULT -> "load access fault";
      case STORE_MISALIGNED -> "store address misaligned";
      case STORE_ACCESS_FAULT -> "store access fault";
      case ECALL_U -> "environment call from U";
      case ECALL_S -> "environment call from S";
      case ECALL_VS -> "environment call from VS";
      case ECALL_M -> "environment call from M";
      case INSTRUCTION_PAGE_FAULT -> "instruction page fault";
      case LOAD_PAGE_FAULT -> "load page fault";
      case STORE_PAGE_FAULT -> "store page fault";
      case DOUBLE_TRAP -> "double trap";
      case SOFTWARE_CHECK -> "software check";
      case HARDWARE_ERROR -> "hardware error";
      case INSTRUCTION_GUEST_PAGE_FAULT -> "instruction guest-page fault";
      case LOAD_GUEST_PAGE_FAULT -> "load guest-page fault";
      case VIRTUAL_INSTRUCTION -> "virtual instruction";
      case STORE_GUEST_PAGE_FAULT -> "store guest-page fault";
      default -> "exception " + code;
    };
  }

  /** In words; {@code "interrupt 14"} where the number is reserved or the platform's. */
  public static String interruptName(int number) {
    return switch (number) {
      case SUPERVISOR_SOFTWARE -> "supervisor software";
      case VIRTUAL_SUPERVISOR_SOFTWARE -> "virtual supervisor software";
      case MACHINE_SOFTWARE -> "machine software";
      case SUPERVISOR_TIMER -> "supervisor timer";
      case VIRTUAL_SUPERVISOR_TIMER -> "virtual supervisor timer";
      case MACHINE_TIMER -> "machine timer";
      case SUPERVISOR_EXTERNAL -> "supervisor external";
      case VIRTUAL_SUPERVISOR_EXTERNAL -> "virtual supervisor external";
      case MACHINE_EXTERNAL -> "machine external";
      case SUPERVISOR_GUEST_EXTERNAL -> "supervisor guest external";
      case COUNTER_OVERFLOW -> "counter overflow";
      default -> "interrupt " + number;
    };
  }
}
