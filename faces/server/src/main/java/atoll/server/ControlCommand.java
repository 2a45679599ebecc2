package atoll.server;

import atoll.image.RefusedException;
import atoll.image.Words;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What a client can ask a running system for, and with what. */
public enum ControlCommand {
  /** Which VMs there are, and what state they are in. */
  LIST,
  /** What the system, or one VM, has done. */
  STATS(Parameter.may("vm", Kind.TEXT, "VM")),
  /** What has passed over the networks. */
  NETWORKS,
  START(Parameter.VM),
  STOP(Parameter.VM),
  PAUSE(Parameter.VM, Parameter.VCPU),
  RESUME(Parameter.VM, Parameter.VCPU),
  RESET(Parameter.VM),
  /** Presses the power button. */
  POWERDOWN(Parameter.VM),
  PRESS(Parameter.VM, Parameter.BUTTON, Parameter.may("time", Kind.TIME, "TIME")),
  /** Presses a button, and does not let go. */
  HOLD(Parameter.VM, Parameter.BUTTON),
  RELEASE(Parameter.VM, Parameter.BUTTON),
  /** Which buttons are held, and which LEDs are lit. */
  PANEL(Parameter.VM),
  REGISTERS(Parameter.VM),
  /** What a VM is doing, or was doing when it failed. */
  REPORT(Parameter.VM),
  BALLOON(Parameter.VM, Parameter.must("bytes", Kind.SIZE, "SIZE")),
  DIRTY(Parameter.VM, Parameter.may("time", Kind.TIME, "TIME")),
  LINK(
      Parameter.VM,
      Parameter.must("nic", Kind.NUMBER, "NIC"),
      Parameter.must("up", Kind.UP, "up|down")),
  DISK(
      Parameter.must(ControlCommand.ACTION, Kind.DISK_ACTION, "resize|change"),
      Parameter.VM,
      Parameter.must("disk", Kind.NUMBER, "DISK"),
      Parameter.must("bytes", Kind.SIZE, "SIZE").with("resize"),
      Parameter.must("image", Kind.TEXT, "IMAGE[,ro][,format=FORMAT]").with("change")),
  /** A snapshot of the whole system. */
  SAVE(Parameter.must("name", Kind.TEXT, "NAME")),
  /** What was measured when the system was made, signed together with a nonce. */
  ATTEST(Parameter.must("nonce", Kind.TEXT, "NONCE"), Parameter.may("key", Kind.TEXT, "KEY")),
  /** Which devices a VM has, and what they have been asked. */
  DEVICES(Parameter.VM),
  /** What is done to a device of the user's own. */
  DEVICE(
      Parameter.must(ControlCommand.ACTION, Kind.DEVICE_ACTION, "replace"),
      Parameter.VM,
      Parameter.must("device", Kind.TEXT, "DEVICE"),
      Parameter.must("jar", Kind.TEXT, "JAR"),
      Parameter.must("class", Kind.TEXT, "CLASS")),
  /** An ELF core in a file of the system's host. */
  DUMP(Parameter.VM, Parameter.must("file", Kind.TEXT, "FILE")),
  /** Lets debuggers come. */
  GDB(Parameter.VM, Parameter.may("address", Kind.TEXT, "ADDRESS")),
  /** Moves VMs to another host. */
  MIGRATE(
      Parameter.must("to", Kind.TEXT, "HOST:PORT"),
      Parameter.may("downtime", Kind.TIME, "DOWNTIME"),
      Parameter.may("limit", Kind.TIME, ""),
      Parameter.may("vms", Kind.LIST, ""),
      Parameter.may("shared", Kind.LIST, "")),
  /** A person knows where VMs run of which that was not known. */
  RESOLVE_MIGRATION(Parameter.must("here", Kind.FLAG, "")),
  /** The picture of a display. */
  SCREENSHOT(Parameter.VM),
  /** Types on a console. */
  SEND(Parameter.VM, Parameter.must("text", Kind.TEXT, "TEXT")),
  /** A console is looked at in a window of this size. */
  WINDOW(
      Parameter.VM,
      Parameter.must("columns", Kind.NUMBER, "COLUMNS"),
      Parameter.must("rows", Kind.NUMBER, "ROWS")),
  /** The connection becomes a console. */
  CONSOLE(Parameter.VM, Parameter.may("history", Kind.FLAG, "")),
  /** Events follow. */
  EVENTS(
      Parameter.may("vm", Kind.TEXT, "VM"),
      Parameter.may("only", Kind.LIST, ""),
      Parameter.may("history", Kind.FLAG, "")),
  /** A line as it is typed at the monitor. */
  MONITOR(Parameter.must("line", Kind.TEXT, "LINE")),
  /** Ends everything. */
  QUIT;

  /** The parameter that says which others there are. */
  static final String ACTION = "action";

  /** What kind of value a parameter has. */
  enum Kind {
    TEXT("a string"),
    NUMBER("a whole number, 0 or more"),
    SIZE("a number of bytes, or a string such as \"512M\""),
    TIME("a string such as \"500ms\" or \"5s\""),
    FLAG("true or false"),
    /** The same, typed as a word. */
    UP("true or false"),
    /** What is done to a disk. */
    DISK_ACTION("\"resize\" or \"change\""),
    /** What is done to a device. */
    DEVICE_ACTION("\"replace\""),
    LIST("a list of strings");

    private final String expected;

    Kind(String expected) {
      this.expected = expected;
    }

    String expected() {
      return expected;
    }
  }

  /**
   * A field of a request.
   *
   * @param usage how a person is told of it; empty if it cannot be typed
   * @param only the {@link #ACTION} that it goes with; empty if it goes with any
   */
  record Parameter(String name, Kind kind, boolean required, String usage, String only) {
    static final Parameter VM = must("vm", Kind.TEXT, "VM");
    static final Parameter BUTTON = must("button", Kind.TEXT, "BUTTON");

    /** Typed behind its name, which other words could not be told from. */
    static final Parameter VCPU = may("vcpu", Kind.NUMBER, "vcpu N");

    static Parameter must(String name, Kind kind, String usage) {
      return new Parameter(name, kind, true, usage, "");
    }

    static Parameter may(String name, Kind kind, String usage) {
      return new Parameter(name, kind, false, usage, "");
    }

    /** The same for one action. */
    Parameter with(String action) {
      return new Parameter(name, kind, required, usage, action);
    }

    boolean goesWith(Object action) {
      return only.isEmpty() || only.equals(action);
    }

    boolean typed() {
      return !usage.isEmpty();
    }

    /** How many words it is typed as. */
    int words() {
      return usage.split(" ", -1).length;
    }

    @Override
    public String toString() {
      return required ? usage : "[" + usage + "]";
    }
  }

  @SuppressWarnings("ImmutableEnumChecker") // What List.of makes does not change.
  private final List<Parameter> parameters;

  ControlCommand(Parameter... parameters) {
    this.parameters = List.of(parameters);
  }

  /** All that there are. */
  List<Parameter> parameters() {
    return parameters;
  }

  /** Those that go with an action, if they differ. */
  List<Parameter> parameters(Object action) {
    return parameters.stream().filter(parameter -> parameter.goesWith(action)).toList();
  }

  /** How it is called. */
  public String word() {
    return Words.of(this);
  }

  /** The one that is called so. */
  public static Optional<ControlCommand> find(String word) {
    return Words.find(ControlCommand.class, word);
  }

  /**
   * What is typed: its word, the parameters in their order, and last one of those that go with one
   * action.
   */
  public String usage() {
    String any = usages(parameter -> parameter.only().isEmpty(), " ");
    String some = usages(parameter -> !parameter.only().isEmpty(), "|");
    return Stream.of(word(), any, some)
        .filter(words -> !words.isEmpty())
        .collect(Collectors.joining(" "));
  }

  private String usages(Predicate<Parameter> which, String between) {
    return parameters.stream()
        .filter(Parameter::typed)
        .filter(which)
        .map(Parameter::toString)
        .collect(Collectors.joining(between));
  }

  /**
   * The request that words of a person are: parameters in their order, without the command's own
   * word.
   *
   * @throws RefusedException if they are not as many as there are parameters
   */
  public Map<String, Object> request(List<String> words) {
    Map<String, Object> request = new LinkedHashMap<>();
    request.put(Request.COMMAND, word());
    int next = 0;
    String action = words.isEmpty() ? "" : words.getFirst();
    for (Parameter parameter : parameters(action).stream().filter(Parameter::typed).toList()) {
      int count = parameter.words();
      if (next + count > words.size()) {
        require(!parameter.required());
        continue;
      }
      require(count == 1 || words.get(next).equals(parameter.name()));
      request.put(parameter.name(), value(parameter.kind(), words.get(next + count - 1)));
      next += count;
    }
    require(next == words.size());
    return request;
  }

  private void require(boolean fits) {
    if (!fits) {
      throw new RefusedException("expected: " + usage());
    }
  }

  /** What does not fit is left as it is, and refused where it is understood. */
  private static Object value(Kind kind, String word) {
    return switch (kind) {
      case NUMBER -> word.matches("\\d{1,9}") ? (Object) Long.valueOf(word) : word;
      case SIZE -> word.equals("0") ? (Object) 0L : word;
      case UP -> word.equals("up") ? (Object) true : word.equals("down") ? (Object) false : word;
      default -> word;
    };
  }

  /** All words. */
  static List<String> words() {
    return Arrays.stream(values()).map(ControlCommand::word).toList();
  }
}
