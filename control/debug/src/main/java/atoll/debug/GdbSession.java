package atoll.debug;

import atoll.engine.Advance;
import atoll.engine.StopCause;
import atoll.image.RefusedException;
import atoll.isa.Cause;
import atoll.kernel.VcpuState;
import atoll.vmm.MachineDebug;
import atoll.vmm.Outcome;
import atoll.vmm.VmException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One debugger's session in GDB's remote serial protocol (GDB manual, Appendix E), all-stop: when a
 * hart stops, all VMs that the debugger has attached do. VMs that it has not attached go on as if
 * it were not there. It begins with the first VM that runs.
 *
 * <p>Used by one thread, which also waits for machines to stand still.
 */
final class GdbSession implements Packets.Taker {
  private static final String OK = "OK";
  private static final String UNKNOWN = "";
  private static final String ERROR = "E01";

  // Signals as gdb numbers them.
  private static final int INTERRUPT = 2;
  private static final int TRAP = 5;
  private static final int ABORTED = 6;
  private static final int KILLED = 9;
  private static final int ILLEGAL = 4;
  private static final int FAULT = 11;

  private static final String[] MODES = {"U", "S", "", "M"};

  private final List<Inferior> inferiors;
  private final Packets packets = new Packets(this);
  private final AccessPackets access = new AccessPackets(this);
  private final QueryPackets queries = new QueryPackets(this);
  private boolean begun;
  private boolean over;

  // What the debugger has said that it knows.
  private boolean multiprocess;
  private boolean tellsBreakpoints;

  // What registers and memory are asked of.
  private Inferior general;
  private int hart;

  /** The debugger waits for a stop. */
  private boolean awaited;

  private boolean stepsTakeInterrupts;

  /** A hart of a VM that the debugger has. */
  record DebuggedHart(Inferior inferior, int hart) {}

  /**
   * @param targets the VMs, one or more
   * @param wake has {@link #look} called; any thread
   */
  GdbSession(List<DebugTarget> targets, Runnable wake) {
    List<Inferior> all = new ArrayList<>();
    for (DebugTarget target : targets) {
      all.add(new Inferior(all.size() + 1, target, wake));
    }
    inferiors = List.copyOf(all);
    general = inferiors.getFirst();
  }

  Packets packets() {
    return packets;
  }

  AccessPackets access() {
    return access;
  }

  /** The VM that registers and memory are asked of, and its hart. */
  Inferior general() {
    return general;
  }

  int hart() {
    return hart;
  }

  MachineDebug life() {
    return general.target().life();
  }

  List<Inferior> inferiors() {
    return inferiors;
  }

  /** Whether the connection is to be closed. */
  boolean over() {
    return over;
  }

  /** Whether a hart has stopped, or a VM has ended, that the debugger does not know of. */
  boolean eventful() {
    return inferiors.stream().anyMatch(Inferior::eventful);
  }

  /** Takes note of what the debugger knows of the protocol. */
  void knows(List<String> features) {
    multiprocess |= features.contains("multiprocess+");
    tellsBreakpoints |= features.contains("swbreak+");
  }

  void stepsTakeInterrupts(boolean wanted) {
    stepsTakeInterrupts = wanted;
  }

  // ------------------------------------------------------------ what comes in

  @Override
  public void interrupt() {
    if (awaited) {
      guard(() -> {
        stopAll();
        return stopped(INTERRUPT, general, hart, "");
      });
    }
  }

  @Override
  public void packet(byte[] data) {
    String text = new String(data, StandardCharsets.ISO_8859_1);
    guard(() -> {
      begin();
      return answer(text);
    });
  }

  /** Finds the answer to a packet; null for none, or none yet. */
  private interface Answer {
    String find() throws InterruptedException;
  }

  private void guard(Answer answer) {
    String reply;
    try {
      reply = answer.find();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      over = true;
      return;
    } catch (RefusedException e) {
      reply = "E." + e.getMessage();
    } catch (VmException | IllegalArgumentException e) {
      reply = ERROR; // it runs, has ended, or there is no such thing
    }
    if (reply != null) {
      packets.send(reply);
    }
  }

  /** The first packet attaches the first VM that runs; who sends none changes nothing. */
  private void begin() throws InterruptedException {
    if (begun) {
      return;
    }
    begun = true;
    for (Inferior inferior : inferiors) {
      if (inferior.target().alive()) {
        inferior.attach();
        general = inferior;
        return;
      }
    }
  }

  private String answer(String text) throws InterruptedException {
    String rest = text.isEmpty() ? "" : text.substring(1);
    return switch (text.isEmpty() ? ' ' : text.charAt(0)) {
      case '!' -> OK; // extended: it always is
      case '?' -> status();
      case 'g' -> access.readGeneral();
      case 'G' -> access.writeGeneral(rest);
      case 'p' -> access.readRegister(rest);
      case 'P' -> access.writeRegister(rest);
      case 'm' -> access.readMemory(rest);
      case 'M' -> access.writeMemory(rest);
      case 'X' -> access.writeBinary(rest);
      case 'c', 'C' -> resume("c");
      case 's', 'S' -> resume("s:" + "p%x.%x".formatted(general.process(), hart + 1));
      case 'v' -> verbose(rest);
      case 'H' -> select(rest);
      case 'T' -> ThreadId.parse(rest).flatMap(this::find).map(found -> OK).orElse(ERROR);
      case 'q' -> queries.query(rest);
      case 'Q' -> queries.set(rest);
      case 'Z' -> point(true, rest);
      case 'z' -> point(false, rest);
      case 'D' -> detach(rest);
      case 'k' -> kill(Optional.empty());
      case 'R' -> restart(general);
      default -> UNKNOWN;
    };
  }

  private String verbose(String text) throws InterruptedException {
    int end = text.indexOf(';');
    String rest = end < 0 ? "" : text.substring(end + 1);
    return switch (end < 0 ? text : text.substring(0, end)) {
      case "Cont?" -> "vCont;c;C;s;S;t;r";
      case "Cont" -> resume(rest);
      case "Attach" -> attach(rest);
      case "Kill" -> process(rest).isPresent() ? kill(process(rest)) : ERROR;
      case "Run" -> run(rest);
      default -> UNKNOWN;
    };
  }

  // ------------------------------------------------------------ threads

  /** A hart's name in the protocol. */
  String threadName(Inferior of, int number) {
    String thread = Integer.toHexString(number + 1);
    return multiprocess ? "p" + Integer.toHexString(of.process()) + "." + thread : thread;
  }

  /** A thread that the debugger has; the first one that is meant. */
  Optional<DebuggedHart> find(ThreadId id) {
    for (Inferior inferior : inferiors) {
      boolean meant =
          id.process() == ThreadId.UNSAID
              ? inferior.equals(general)
              : id.process() <= ThreadId.ANY || id.process() == inferior.process();
      for (int n = 0; meant && inferior.attached() && n < inferior.target().harts(); n++) {
        if (id.covers(inferior.process(), n)) {
          return Optional.of(new DebuggedHart(inferior, n));
        }
      }
    }
    return Optional.empty();
  }

  /** What a hart is doing, in a few words. */
  String condition(Inferior of, int number) {
    if (of.running()) {
      return "running";
    }
    MachineDebug life = of.target().life();
    VcpuState state = life.state(number);
    String virtual = life.register(number, "virt") != 0 ? "V" : "";
    String mode = virtual + MODES[(int) life.register(number, "priv") & 3] + " mode";
    return switch (state) {
      case STOPPED -> "not started";
      case HALTED -> mode + ", waits for an interrupt";
      default -> mode;
    };
  }

  /** The threads that are resumed are said by {@code vCont} itself; the others are asked about. */
  private String select(String text) {
    if (text.startsWith("c")) {
      return OK;
    }
    Optional<ThreadId> id =
        text.startsWith("g") ? ThreadId.parse(text.substring(1)) : Optional.empty();
    Optional<DebuggedHart> found = id.flatMap(this::find);
    found.ifPresent(thread -> {
      boolean ours = thread.inferior.equals(general);
      boolean any = id.get().thread() <= ThreadId.ANY;
      hart = ours && any ? hart : thread.hart;
      general = thread.inferior;
    });
    return found.isPresent() ? OK : ERROR;
  }

  private Optional<Inferior> process(String text) {
    return Hex.number(text)
        .flatMap(number ->
            inferiors.stream().filter(inferior -> inferior.process() == number).findFirst());
  }

  // ------------------------------------------------------------ stop points

  private String point(boolean set, String text) {
    String[] parts = text.split("[,;]", 4);
    if (parts.length < 3 || !parts[0].matches("\\d")) {
      return ERROR;
    }
    int type = Integer.parseInt(parts[0]);
    Optional<Long> address = Hex.number(parts[1]);
    Optional<Long> kind = Hex.number(parts[2]);
    if (!PointTable.known(type)) {
      return UNKNOWN;
    }
    if (address.isEmpty() || kind.isEmpty()) {
      return ERROR;
    }
    var point = new PointTable.Point(type, address.get(), kind.get());
    if (set) {
      return general.points().set(point) ? OK : ERROR;
    }
    general.points().clear(point);
    return OK;
  }

  // ------------------------------------------------------------ going on and stopping

  /** Lets go on what is said behind {@code vCont;}; the answer is the next stop. */
  private String resume(String actions) throws InterruptedException {
    Optional<ResumeRequest> request = ResumeRequest.parse(actions, stepsTakeInterrupts);
    if (request.isEmpty()) {
      return ERROR;
    }
    boolean any = false;
    for (Inferior inferior : inferiors) {
      Map<Integer, Advance> going =
          inferior.attached() && inferior.end().isEmpty()
              ? request.get().of(inferior.process(), inferior.target().harts())
              : Map.of();
      if (!going.isEmpty()) {
        any = true;
        if (!inferior.proceed(going)) {
          stopAll();
          int first = going.keySet().iterator().next();
          return inferior
              .stop()
              .map(stop -> stopped(inferior, stop))
              .orElseGet(() -> stopped(TRAP, inferior, first, ""));
        }
      }
    }
    awaited = any || eventful();
    return awaited ? null : ERROR;
  }

  /** Something may have stopped or ended: tells the debugger, if it waits for that. */
  void look() {
    if (awaited && eventful()) {
      guard(this::event);
    }
  }

  private String event() throws InterruptedException {
    for (Inferior inferior : inferiors) {
      if (inferior.attached() && inferior.end().isPresent()) {
        stopOthers(inferior);
        return ended(inferior);
      }
    }
    stopAll();
    for (Inferior inferior : inferiors) {
      Optional<MachineDebug.Stop> stop = inferior.attached() ? inferior.stop() : Optional.empty();
      if (stop.isPresent()) {
        return stopped(inferior, stop.get());
      }
    }
    return stopped(TRAP, general, hart, ""); // it has begun again meanwhile
  }

  private String stopped(Inferior of, MachineDebug.Stop stop) {
    boolean told = tellsBreakpoints || stop.cause() instanceof StopCause.Watchpoint;
    return stopped(signal(stop.cause()), of, stop.hart(), told ? of.reason(stop) : "");
  }

  /** What a program would get for the same. */
  private static int signal(StopCause cause) {
    return cause instanceof StopCause.Unhandled(int trap)
        ? trap == Cause.ILLEGAL_INSTRUCTION ? ILLEGAL : trap == Cause.BREAKPOINT ? TRAP : FAULT
        : TRAP;
  }

  private void stopAll() throws InterruptedException {
    stopOthers(null);
  }

  private void stopOthers(Inferior ended) throws InterruptedException {
    for (Inferior inferior : inferiors) {
      if (inferior.attached() && inferior.running() && !inferior.equals(ended)) {
        inferior.halt();
      }
    }
  }

  /** A stop reply. */
  private String stopped(int signal, Inferior of, int number, String reason) {
    awaited = false;
    general = of;
    hart = number;
    return "T"
        + Hex.octet(signal)
        + "thread:"
        + threadName(of, number)
        + ";"
        + reason
        + access.expedited();
  }

  private String ended(Inferior of) {
    awaited = false;
    Outcome how = of.end().orElseThrow();
    of.forget();
    String process = multiprocess ? ";process:%x".formatted(of.process()) : "";
    return switch (how) {
      case Outcome.Poweroff(int code) -> "W%02x%s".formatted(code & 0xff, process);
      case Outcome.Reset() -> "W00" + process;
      case Outcome.Stopped() -> "X%02x%s".formatted(KILLED, process);
      default -> "X%02x%s".formatted(ABORTED, process);
    };
  }

  /** Why it stands still, as it does since it was attached. */
  private String status() {
    if (general.attached() && general.end().isPresent()) {
      return ended(general);
    }
    return general.attached() ? stopped(TRAP, general, hart, "") : "W00";
  }

  // ------------------------------------------------------------ processes

  private String attach(String text) throws InterruptedException {
    Optional<Inferior> wanted = process(text);
    if (wanted.isEmpty()) {
      throw new RefusedException(
          "there is no process %s; 'monitor vms' lists them".formatted(text));
    }
    if (!wanted.get().attached()) {
      wanted.get().attach();
    }
    return stopped(TRAP, wanted.get(), 0, "");
  }

  private String detach(String text) {
    Optional<Inferior> only = text.startsWith(";") ? process(text.substring(1)) : Optional.empty();
    if (text.startsWith(";") && only.isEmpty()) {
      return ERROR;
    }
    inferiors.stream()
        .filter(inferior -> only.isEmpty() || only.get().equals(inferior))
        .forEach(Inferior::detach);
    return OK;
  }

  /** Ends one VM, or all that the debugger has, and the connection with them. */
  private String kill(Optional<Inferior> only) throws InterruptedException {
    for (Inferior inferior : inferiors) {
      if (inferior.attached() && (only.isEmpty() || only.get().equals(inferior))) {
        inferior.detach();
        if (inferior.target().alive()) {
          inferior.target().kill();
        }
      }
    }
    over = only.isEmpty();
    return over ? null : OK;
  }

  /** {@code run}: begins a VM again, by its name, or the one that was asked about last. */
  private String run(String text) throws InterruptedException {
    String program = text.split(";", 2)[0];
    String name =
        Hex.bytes(program).map(bytes -> new String(bytes, StandardCharsets.UTF_8)).orElse("");
    Inferior wanted =
        inferiors.stream()
            .filter(inferior -> inferior.target().name().equals(name))
            .findFirst()
            .orElse(general);
    restart(wanted);
    return stopped(TRAP, wanted, 0, "");
  }

  /** Begins another life of a VM, which then stands before its first instruction. */
  String restart(Inferior which) throws InterruptedException {
    which.restart();
    return null;
  }

  /** The debugger has gone: all go on without it. */
  void close() {
    inferiors.forEach(Inferior::detach);
  }
}
