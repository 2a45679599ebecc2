package atoll.report;

import atoll.engine.AddressTranslation;
import atoll.engine.Privilege;
import atoll.engine.TrapLoop;
import atoll.isa.Cause;
import atoll.isa.Register;
import atoll.report.CrashReport.Fault;
import atoll.report.CrashReport.HartScene;
import atoll.report.CrashReport.Word;
import atoll.vmm.HartImage;
import atoll.vmm.MachineImage;
import atoll.vmm.ServedExit;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Looks at one hart. */
final class HartExaminer {
  private static final int WFI = 0x1050_0073;
  private static final int STACK_WORDS = 16;

  private final MachineImage machine;
  private final HartImage hart;
  private final Names names;
  private final Optional<TrapLoop> unhandled;
  private final int privilege;
  private final boolean virtual;
  private final HartMemory memory;

  HartExaminer(MachineImage machine, HartImage hart, Names names) {
    this.machine = machine;
    this.hart = hart;
    this.names = names;
    unhandled = hart.unhandled();
    privilege = unhandled.map(loop -> loop.first().privilege()).orElseGet(hart::privilege);
    virtual = unhandled.map(loop -> loop.first().virtual()).orElseGet(hart::virtual);
    memory = new HartMemory(hart, privilege, virtual);
  }

  HartScene scene() {
    long pc = unhandled.map(loop -> loop.first().pc()).orElseGet(() -> hart.register("pc"));
    long sp = hart.register("sp");
    return new HartScene(
        hart.number(),
        state(pc),
        (hart.virtual() ? "V" : "") + Privilege.name(hart.privilege()),
        unhandled.map(loop -> fault(loop.first())),
        unhandled
            .filter(loop -> !loop.first().equals(loop.last()))
            .map(loop -> fault(loop.last()))
            .or(this::handled),
        new CodeWindow(memory, names).around(pc),
        new CallChain(memory, names).calls(pc, hart.register("ra"), sp, hart.register("s0")),
        registers(),
        new CsrChoice(machine, hart, names).csrs(),
        stack(sp),
        hart.exits().stream().map(HartExaminer::exit).toList());
  }

  private String state(long pc) {
    if (!hart.started()) {
      return "not started";
    }
    boolean waits =
        unhandled.isEmpty() && memory.instruction(pc - 4).stream().anyMatch(bits -> bits == WFI);
    return waits ? "waits for an interrupt (wfi)" : unhandled.isEmpty() ? "executes" : "stuck";
  }

  // ------------------------------------------------------------ exceptions

  private Fault fault(TrapLoop.Raised raised) {
    return fault(raised, addressed(raised.cause()) ? walk(raised) : List.of());
  }

  private Fault fault(TrapLoop.Raised raised, List<String> walk) {
    return new Fault(
        Cause.exceptionName(raised.cause()),
        raised.cause(),
        raised.mode(),
        names.word(raised.pc()),
        raised.refused()
            ? new Word("0x%08x".formatted(raised.value()), Optional.empty())
            : names.word(raised.value()),
        walk);
  }

  /** Whether the trap value is an address that could not be used. */
  private static boolean addressed(int cause) {
    return switch (cause) {
      case Cause.INSTRUCTION_ACCESS_FAULT,
          Cause.LOAD_ACCESS_FAULT,
          Cause.STORE_ACCESS_FAULT,
          Cause.INSTRUCTION_PAGE_FAULT,
          Cause.LOAD_PAGE_FAULT,
          Cause.STORE_PAGE_FAULT,
          Cause.INSTRUCTION_GUEST_PAGE_FAULT,
          Cause.LOAD_GUEST_PAGE_FAULT,
          Cause.STORE_GUEST_PAGE_FAULT ->
          true;
      default -> false;
    };
  }

  private List<String> walk(TrapLoop.Raised raised) {
    AddressTranslation found = translated(raised);
    List<String> lines = walkLines(raised, found);
    FaultReason.of(raised, found, machine).ifPresent(lines::add);
    return lines;
  }

  private AddressTranslation translated(TrapLoop.Raised raised) {
    return hart.translate(raised.value(), raised.privilege(), raised.virtual());
  }

  private static List<String> walkLines(TrapLoop.Raised raised, AddressTranslation found) {
    return new ArrayList<>(WalkText.lines(raised.value(), found));
  }

  /** The last exception that the hart has entered its present mode by, as its CSRs have it. */
  private Optional<Fault> handled() {
    if (unhandled.isPresent() || hart.privilege() == Privilege.USER) {
      return Optional.empty();
    }
    boolean machineMode = hart.privilege() == Privilege.MACHINE;
    String prefix = machineMode ? "m" : hart.virtual() ? "vs" : "s";
    long cause = hart.register(prefix + "cause");
    long pc = hart.register(prefix + "epc");
    boolean call = cause >= Cause.ECALL_U && cause <= Cause.ECALL_M;
    if (cause < 0 || cause > Cause.STORE_GUEST_PAGE_FAULT || call || cause == 0 && pc == 0) {
      return Optional.empty();
    }
    return Optional.of(handled((int) cause, pc, hart.register(prefix + "tval"), machineMode));
  }

  /**
   * An exception of which only CSRs tell. The mode that it was met in is forgotten once its handler
   * has returned: that of the handler is told, and addresses are followed as a supervisor's.
   */
  private Fault handled(int cause, long pc, long value, boolean machineMode) {
    var met = new TrapLoop.Raised(cause, pc, value, Privilege.SUPERVISOR, hart.virtual());
    Fault fault = fault(met, addressed(cause) ? walkLines(met, translated(met)) : List.of());
    String mode = machineMode ? Privilege.name(Privilege.MACHINE) : met.mode();
    return new Fault(fault.cause(), fault.number(), mode, fault.pc(), fault.value(), fault.walk());
  }

  // ------------------------------------------------------------ registers and stack

  private Map<String, Word> registers() {
    Map<String, Word> words = new LinkedHashMap<>();
    words.put("pc", word(hart.register("pc")));
    for (int i = 1; i < 32; i++) {
      words.put(Register.integer(i), word(hart.register("x" + i)));
    }
    return words;
  }

  private Word word(long value) {
    return new Word("0x%016x".formatted(value), names.at(value));
  }

  private List<Word> stack(long sp) {
    ByteBuffer words =
        ByteBuffer.wrap(memory.read(sp, STACK_WORDS * Long.BYTES)).order(ByteOrder.LITTLE_ENDIAN);
    List<Word> all = new ArrayList<>();
    while (words.remaining() >= Long.BYTES) {
      all.add(word(words.getLong()));
    }
    return all;
  }

  // ------------------------------------------------------------ exits

  private static String exit(ServedExit exit) {
    String what =
        exit.kind() == ServedExit.Kind.CALL
            ? "SBI %s, function %d, a0 0x%x".formatted(exit.target(), exit.detail(), exit.value())
            : "%s of %d bytes at 0x%x, %s%s"
                .formatted(
                    exit.kind().name().toLowerCase(Locale.ROOT),
                    exit.detail(),
                    exit.address(),
                    exit.target(),
                    exit.refused() ? " answers: access fault" : ": 0x%x".formatted(exit.value()));
    return "%.6f s  %s".formatted(exit.nanos() / 1e9, what);
  }
}
