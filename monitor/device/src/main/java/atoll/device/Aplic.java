package atoll.device;

import atoll.state.StateShape;
import atoll.state.Stateful;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * An interrupt domain of an advanced PLIC (RISC-V AIA 1.0, chapter 4). The wires come to the root
 * domain, which may give a source to its child.
 *
 * <p>Guarded by its monitor; a domain takes its child's under its own, and then that of a line or
 * an interrupt file.
 */
public final class Aplic implements MmioDevice, Stateful<Aplic.State> {
  /** Bytes of address range: registers, and a structure for each of up to 512 harts. */
  public static final long SIZE = 0x8000;

  private static final int DOMAIN = 0x0000; // §4.5
  private static final int MESSAGES_M = 0x1bc0;
  private static final int MESSAGES_M_HIGH = 0x1bc4;
  private static final int MESSAGES_S = 0x1bc8;
  private static final int MESSAGES_S_HIGH = 0x1bcc;
  private static final int SET_PENDING = 0x1c00;
  private static final int SET_PENDING_NUMBER = 0x1cdc;
  private static final int CLEAR_PENDING = 0x1d00;
  private static final int CLEAR_PENDING_NUMBER = 0x1ddc;
  private static final int SET_ENABLED = 0x1e00;
  private static final int SET_ENABLED_NUMBER = 0x1edc;
  private static final int CLEAR_ENABLED = 0x1f00;
  private static final int CLEAR_ENABLED_NUMBER = 0x1fdc;
  private static final int SET_PENDING_LITTLE = 0x2000;
  private static final int SET_PENDING_BIG = 0x2004;
  private static final int GENERATE = 0x3000;
  private static final int BITS_SIZE = 0x80;
  private static final int HARTS = 0x4000; // §4.8, a structure of 32 bytes a hart
  private static final int HART_SIZE = 0x20;
  private static final int TARGETS = GENERATE;

  private static final int DOMAIN_FIXED = 0x8000_0000;
  private static final int DOMAIN_ENABLE = 1 << 8;
  private static final int DOMAIN_MESSAGES = 1 << 2;

  private static final int DELEGATED = 1 << 10; // §4.5.2
  private static final int MODE = 7;
  private static final int DETACHED = 1;
  private static final int EDGE_HIGH = 4;
  private static final int EDGE_LOW = 5;
  private static final int LEVEL_HIGH = 6;
  private static final int LEVEL_LOW = 7;
  private static final int HART_SHIFT = 18;

  private final String name;
  private final int sources;
  private final AplicTarget target;
  private final Optional<AplicMessages> addresses;
  private final Optional<Aplic> child;
  private final AplicHarts harts;

  /** Whether it owns its sources; a child owns those that it is given. */
  private final boolean root;

  private boolean enabled;
  private final int[] config;
  private final int[] targets;
  private final boolean[] level;
  private final boolean[] owned;
  private final boolean[] pending;
  private final boolean[] on;

  /**
   * The whole state; lists are by source, from 0, which does not exist.
   *
   * @param enabled whether the domain delivers anything
   * @param config sourcecfg
   * @param targets target
   * @param level inputs that are high
   * @param owned sources of this domain
   * @param pending sources that are pending
   * @param on sources that are enabled
   * @param harts how they are delivered to, if directly
   * @param addresses where messages go, if that can be set
   */
  public record State(
      boolean enabled,
      List<Integer> config,
      List<Integer> targets,
      List<Boolean> level,
      List<Boolean> owned,
      List<Boolean> pending,
      List<Boolean> on,
      AplicHarts.State harts,
      List<Long> addresses) {
    public State {
      config = List.copyOf(config);
      targets = List.copyOf(targets);
      level = List.copyOf(level);
      owned = List.copyOf(owned);
      pending = List.copyOf(pending);
      on = List.copyOf(on);
      addresses = List.copyOf(addresses);
    }
  }

  /**
   * Makes one with sources 1 to {@code sources}.
   *
   * @param name for statistics
   * @param root whether the wires come to it
   * @param target where it delivers
   * @param addresses what its registers for message addresses are; for a machine's root domain
   * @param child the domain that it may give sources to
   */
  public Aplic(
      String name,
      boolean root,
      int sources,
      AplicTarget target,
      Optional<AplicMessages> addresses,
      Optional<Aplic> child) {
    this.name = name;
    this.root = root;
    this.sources = sources;
    this.target = target;
    this.addresses = addresses;
    this.child = child;
    config = new int[sources + 1];
    targets = new int[sources + 1];
    level = new boolean[sources + 1];
    owned = new boolean[sources + 1];
    pending = new boolean[sources + 1];
    on = new boolean[sources + 1];
    Arrays.fill(owned, 1, sources + 1, root);
    harts = new AplicHarts(target.harts());
  }

  /** The line into source {@code number}, from 1, of a root domain. */
  public InterruptLine source(int number) {
    if (number < 1 || number > sources) {
      throw new IllegalArgumentException(
          "interrupt source " + number + " is not one of 1 to " + sources);
    }
    return high -> drive(number, high);
  }

  private synchronized void drive(int source, boolean high) {
    boolean before = rectified(source);
    level[source] = high;
    changed(source, before);
    updateHarts();
    child.ifPresent(below -> below.drive(source, high));
  }

  /** What follows from an input that has changed (§4.7). */
  private void changed(int source, boolean before) {
    boolean now = rectified(source);
    if (now && !before) {
      pending[source] = true;
    } else if (!now && isLevel(source)) {
      pending[source] = false;
    }
    deliver(source);
  }

  /** The input as the source's mode sees it. */
  private boolean rectified(int source) {
    return switch (config[source] & MODE) {
      case EDGE_HIGH, LEVEL_HIGH -> level[source];
      case EDGE_LOW, LEVEL_LOW -> !level[source];
      default -> false;
    };
  }

  private boolean isLevel(int source) {
    int mode = config[source] & MODE;
    return mode == LEVEL_HIGH || mode == LEVEL_LOW;
  }

  private boolean active(int source) {
    return source >= 1 && source <= sources && config[source] != 0 && config[source] < DELEGATED;
  }

  /** Sends a message that is due; harts that are interrupted directly are looked at once, later. */
  private void deliver(int source) {
    if (target.byMessage() && enabled && pending[source] && on[source]) {
      pending[source] = false;
      target.send(targets[source]);
    }
  }

  private void deliverAll() {
    for (int source = 1; source <= sources; source++) {
      deliver(source);
    }
  }

  // ------------------------------------------------------------ direct delivery

  private void updateHarts() {
    if (!target.byMessage()) {
      for (int hart = 0; hart < target.harts(); hart++) {
        target.drive(hart, enabled && harts.delivers(hart, top(hart)));
      }
    }
  }

  /** §4.8.1.4: source and priority of the most urgent interrupt of a hart, or 0. */
  private int top(int hart) {
    int best = 0;
    for (int source = 1; source <= sources; source++) {
      if (pending[source] && on[source] && targets[source] >>> HART_SHIFT == hart) {
        int priority = targets[source] & 0xff;
        if (best == 0 || priority < (best & 0xff)) {
          best = source << Short.SIZE | priority;
        }
      }
    }
    return harts.passes(hart, best & 0xff) ? best : 0;
  }

  private int claim(int hart) {
    int top = top(hart);
    int source = top >>> Short.SIZE;
    if (top == 0) {
      harts.unforce(hart);
    } else if (!isLevel(source)) {
      pending[source] = false;
    }
    updateHarts();
    return top;
  }

  // ------------------------------------------------------------ registers

  @Override
  public String name() {
    return name;
  }

  @Override
  public boolean decodes(long offset, int size, boolean write) {
    return size == 4 && (offset & 3) == 0 && offset < SIZE;
  }

  @Override
  public long read(long offset, int size) {
    return Integer.toUnsignedLong(register((int) offset));
  }

  private int register(int at) {
    if (at >= HARTS) {
      return readHart((at - HARTS) / HART_SIZE, at % HART_SIZE);
    }
    if (at > TARGETS) {
      int source = (at - TARGETS) / 4;
      return active(source) ? targets[source] : 0;
    }
    if (at > DOMAIN && at <= 4 * sources) {
      return config[at / 4];
    }
    return switch (at) {
      case DOMAIN ->
          DOMAIN_FIXED | (enabled ? DOMAIN_ENABLE : 0) | (target.byMessage() ? DOMAIN_MESSAGES : 0);
      case MESSAGES_M, MESSAGES_M_HIGH, MESSAGES_S, MESSAGES_S_HIGH ->
          addresses.map(all -> all.read((at - MESSAGES_M) / 4)).orElse(0);
      default -> readBits(at);
    };
  }

  private int readBits(int at) {
    int word = at % BITS_SIZE / 4;
    return switch (at - at % BITS_SIZE) {
      case SET_PENDING -> bits(pending, word);
      case CLEAR_PENDING -> inputs(word);
      case SET_ENABLED -> bits(on, word);
      default -> 0;
    };
  }

  private int bits(boolean[] of, int word) {
    int value = 0;
    for (int bit = 0; bit < Integer.SIZE; bit++) {
      int source = word * Integer.SIZE + bit;
      value |= active(source) && of[source] ? 1 << bit : 0;
    }
    return value;
  }

  /** In_clrip: the rectified inputs (§4.5.7). */
  private int inputs(int word) {
    int value = 0;
    for (int bit = 0; bit < Integer.SIZE; bit++) {
      int source = word * Integer.SIZE + bit;
      value |= active(source) && rectified(source) ? 1 << bit : 0;
    }
    return value;
  }

  private int readHart(int hart, int at) {
    if (hart >= target.harts() || target.byMessage()) {
      return 0;
    }
    return switch (at) {
      case AplicHarts.TOP -> top(hart);
      case AplicHarts.CLAIM -> claim(hart);
      default -> harts.read(hart, at);
    };
  }

  @Override
  public void write(long offset, int size, long value) {
    int at = (int) offset;
    int v = (int) value;
    if (at >= HARTS) {
      writeHart((at - HARTS) / HART_SIZE, at % HART_SIZE, v);
    } else if (at > TARGETS) {
      writeTarget((at - TARGETS) / 4, v);
    } else if (at > DOMAIN && at <= 4 * sources) {
      configure(at / 4, v);
    } else {
      writeRegister(at, v);
    }
    updateHarts();
  }

  private void writeHart(int hart, int at, int value) {
    if (hart < target.harts() && !target.byMessage()) {
      harts.write(hart, at, value);
    }
  }

  private void writeTarget(int source, int value) {
    if (active(source)) {
      targets[source] = legalTarget(value);
      deliver(source);
    }
  }

  /** A hart that is not there is hart 0; a priority of 0 is 1 (§4.5.16). */
  private int legalTarget(int value) {
    int hart = value >>> HART_SHIFT;
    int rest = value & target.writable();
    int kept = hart < target.harts() ? hart << HART_SHIFT : 0;
    return kept | (target.byMessage() || rest != 0 ? rest : 1);
  }

  private void writeRegister(int at, int v) {
    switch (at) {
      case DOMAIN -> {
        enabled = (v & DOMAIN_ENABLE) != 0;
        deliverAll();
      }
      case MESSAGES_M, MESSAGES_M_HIGH, MESSAGES_S, MESSAGES_S_HIGH ->
          addresses.ifPresent(all -> all.write((at - MESSAGES_M) / 4, v));
      case SET_PENDING_NUMBER, SET_PENDING_LITTLE -> pend(v, true);
      case SET_PENDING_BIG -> pend(Integer.reverseBytes(v), true);
      case CLEAR_PENDING_NUMBER -> pend(v, false);
      case SET_ENABLED_NUMBER -> enable(v, true);
      case CLEAR_ENABLED_NUMBER -> enable(v, false);
      case GENERATE -> generate(v);
      default -> writeBits(at, v);
    }
  }

  private void generate(int value) {
    if (target.byMessage() && enabled) {
      target.send(legalTarget(value));
    }
  }

  private void writeBits(int at, int value) {
    int first = at % BITS_SIZE / 4 * Integer.SIZE;
    int register = at - at % BITS_SIZE;
    for (int left = value; left != 0; left &= left - 1) {
      int source = first + Integer.numberOfTrailingZeros(left);
      switch (register) {
        case SET_PENDING -> pend(source, true);
        case CLEAR_PENDING -> pend(source, false);
        case SET_ENABLED -> enable(source, true);
        case CLEAR_ENABLED -> enable(source, false);
        default -> {} // Reserved.
      }
    }
  }

  /**
   * Software sets or clears what is pending (§4.7): of a level, delivered directly, neither; by
   * message, it can be set while the input is active.
   */
  private void pend(int source, boolean value) {
    if (!active(source)
        || isLevel(source) && (!target.byMessage() || value && !rectified(source))) {
      return;
    }
    pending[source] = value;
    deliver(source);
  }

  private void enable(int source, boolean value) {
    if (active(source)) {
      on[source] = value;
      deliver(source);
    }
  }

  /** Writes sourcecfg (§4.5.2): a new mode, or the child's from now on. */
  private void configure(int source, int value) {
    if (!owned[source]) {
      return;
    }
    boolean before = rectified(source);
    boolean given = (value & DELEGATED) != 0 && child.isPresent();
    config[source] = given ? DELEGATED : legalMode(value);
    if (!active(source)) {
      pending[source] = false;
      on[source] = false;
      targets[source] = 0;
    } else if (targets[source] == 0) {
      targets[source] = legalTarget(0);
    }
    child.ifPresent(below -> below.own(source, given));
    changed(source, before);
  }

  /** Modes 2 and 3 are reserved; a child without the source has only inactive. */
  private static int legalMode(int value) {
    int mode = (value & DELEGATED) != 0 ? 0 : value & MODE;
    return mode == DETACHED || mode >= EDGE_HIGH ? mode : 0;
  }

  private synchronized void own(int source, boolean mine) {
    if (owned[source] && !mine) {
      configure(source, 0);
      updateHarts();
    }
    owned[source] = mine;
  }

  // ------------------------------------------------------------ state

  @Override
  public Class<State> stateType() {
    return State.class;
  }

  @Override
  public synchronized State state() {
    return new State(
        enabled,
        Arrays.stream(config).boxed().toList(),
        Arrays.stream(targets).boxed().toList(),
        list(level),
        list(owned),
        list(pending),
        list(on),
        harts.state(),
        addresses.map(AplicMessages::state).orElse(List.of()));
  }

  @Override
  public synchronized void restore(State state) {
    for (List<?> saved :
        List.of(state.config, state.targets, state.level, state.owned, state.pending, state.on)) {
      StateShape.requireCount("APLIC sources", saved.size() - 1, sources);
    }
    enabled = state.enabled;
    for (int source = 1; source <= sources; source++) {
      owned[source] = root || state.owned.get(source);
      level[source] = state.level.get(source);
      int mode = state.config.get(source);
      boolean given = mode == DELEGATED && child.isPresent();
      config[source] = given ? DELEGATED : legalMode(mode);
      targets[source] = active(source) ? legalTarget(state.targets.get(source)) : 0;
      pending[source] = active(source) && state.pending.get(source);
      on[source] = active(source) && state.on.get(source);
    }
    harts.restore(state.harts);
    addresses.ifPresent(all -> all.restore(state.addresses));
    updateHarts();
  }

  private static List<Boolean> list(boolean[] of) {
    Boolean[] all = new Boolean[of.length];
    Arrays.setAll(all, n -> of[n]);
    return List.of(all);
  }
}
