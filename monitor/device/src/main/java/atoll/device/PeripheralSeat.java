package atoll.device;

import atoll.host.ThreadTime;
import atoll.host.Timers;
import atoll.memory.GuestMemory;
import atoll.peripheral.Board;
import atoll.peripheral.Dma;
import atoll.peripheral.GuestTimer;
import atoll.peripheral.Peripheral;
import atoll.peripheral.RegisterAccess;
import atoll.peripheral.SettingException;
import atoll.peripheral.Settings;
import atoll.peripheral.StatefulPeripheral;
import atoll.state.RecordCodec;
import atoll.state.StateShape;
import atoll.state.Unsaved;
import atoll.state.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.concurrent.ArrayBlockingQueue;

/**
 * One device of a user's own in its place, and what it has around it.
 *
 * <p>Its code is called by who has the turn ({@link PeripheralCalls}), and whether timers, actions
 * and memory are there for it changes in a turn only. The lock is beside that, and nobody has it
 * while code of the user's is called: a thread of his may want a timer or memory at any time.
 */
final class PeripheralSeat implements Board {
  private static final int MOST_TIMERS = 32;
  private static final int MOST_ACTIONS = 1024;
  private static final long NEVER = -1;

  private static final ThreadLocal<ThreadTime> CPU_TIME =
      ThreadLocal.withInitial(ThreadTime::ofCaller);

  private final String name;
  private final PeripheralWiring wiring;
  private final PeripheralCode code;
  private final PeripheralCalls calls;
  private final Object lock = new Object();
  private final Settings settings;
  private final List<Line> lines;
  private final Dma dma = new Granted();

  @Unsaved("made by the device's constructor; their times are saved")
  private final List<Alarm> alarms = new ArrayList<>();

  @Unsaved("of threads outside the machine")
  private final ArrayBlockingQueue<Runnable> actions = new ArrayBlockingQueue<>(MOST_ACTIONS);

  /** Set once, by its constructor's thread before that is waited for. */
  private volatile Peripheral peripheral;

  @Unsaved("of whoever holds the machine")
  private volatile boolean going;

  @Unsaved("a device that is closed has no state")
  private volatile boolean closed;

  /**
   * Makes the device.
   *
   * @throws PeripheralException if it cannot be made
   */
  PeripheralSeat(String name, PeripheralCode code, PeripheralWiring wiring) {
    this.name = name;
    this.wiring = wiring;
    this.code = code;
    calls = new PeripheralCalls(device(), wiring, code.patience());
    settings = new Settings(code.settings());
    lines = wiring.lines().stream().map(Line::new).toList();
    make();
  }

  private String device() {
    return "device %s (%s)".formatted(name, code.label());
  }

  private void make() {
    try {
      Peripheral ignored = calls.apart("its constructor", this::construct);
    } catch (PeripheralCalls.ThrownException e) {
      close();
      throw new PeripheralException(
          e.getCause() instanceof SettingException wrong
              ? device() + ": " + wrong.getMessage()
              : e.getMessage(),
          e.getCause());
    } catch (PeripheralCalls.LostException e) {
      close();
      throw new PeripheralException(e.getMessage(), e);
    }
  }

  private Peripheral construct() throws Exception {
    peripheral = Objects.requireNonNull(code.factory().create(this), "no device was made");
    settings.requireAllAsked();
    return peripheral;
  }

  // ------------------------------------------------------------ what the place does with it

  /** Where its code is from. */
  String code() {
    return code.label();
  }

  /** Serves an access, on the thread of the vCPU. */
  boolean access(long offset, MmioAccess access) {
    boolean write = access.isWrite();
    Visit visit =
        calls.begin(
            write ? "decodes for a write" : "decodes for a read",
            offset,
            access.size(),
            access.excursion());
    if (visit == null) {
      return true;
    }
    try {
      return serve(visit, offset, access, write);
    } catch (Throwable e) {
      calls.threw(visit, e);
      return true;
    } finally {
      calls.end(visit);
    }
  }

  private boolean serve(Visit visit, long offset, MmioAccess access, boolean write) {
    int size = access.size();
    if (!peripheral.decodes(offset, size, write)) {
      return false;
    }
    visit.goOn(write ? "write" : "read");
    if (write) {
      peripheral.write(offset, size, access.value());
    } else {
      long mask = size == Long.BYTES ? -1 : (1L << size * Byte.SIZE) - 1;
      access.found(mask & peripheral.read(offset, size));
    }
    if (code.watcher().isPresent()) {
      visit.goOn(write ? "who watches it, told of a write" : "who watches it, told of a read");
      code.watcher().get().accept(new RegisterAccess(write, offset, size, access.value()));
    }
    return true;
  }

  /** The lines are its own from now on. */
  void connect() {
    lines.forEach(line -> line.connect(true));
  }

  /**
   * Lets timers and actions go on.
   *
   * @param held whether the device knows of a pause that ends now
   */
  void go(boolean held) {
    synchronized (lock) {
      going = true;
      alarms.forEach(Alarm::arm);
    }
    if (!actions.isEmpty()) {
      wake();
    }
    if (held) {
      calls.resume(peripheral::resume);
    }
  }

  /** Tells the device of a pause, and holds timers, actions and access to memory. */
  void pause() {
    calls.pause(() -> {
      try {
        peripheral.pause();
      } finally {
        hold(); // before anybody else has a turn
      }
    });
    hold(); // if it has not come to that
  }

  private void hold() {
    synchronized (lock) {
      going = false;
      alarms.forEach(Alarm::disarm);
    }
  }

  /** The device leaves its place; the lines stay as they are. */
  void close() {
    closed = true;
    hold();
    actions.clear();
    lines.forEach(line -> line.connect(false));
    if (peripheral != null) {
      try {
        calls.close(() -> {
          peripheral.close();
          return null;
        });
      } catch (PeripheralCalls.ThrownException e) {
        wiring.noticed().accept(e.getMessage());
      } catch (PeripheralCalls.LostException e) {
        // Told of already.
      }
    }
  }

  List<Boolean> levels() {
    return lines.stream().map(Line::high).toList();
  }

  /** When its timers are due, or -1. */
  List<Long> times() {
    synchronized (lock) {
      return alarms.stream().map(alarm -> alarm.due).toList();
    }
  }

  /**
   * What the device says of itself.
   *
   * @throws PeripheralException if it says nothing
   */
  Value own() {
    if (!(peripheral instanceof StatefulPeripheral<?> stateful)) {
      throw new PeripheralException(
          device()
              + " is no StatefulPeripheral, so that a machine that has it has no state to be taken",
          null);
    }
    try {
      return calls.apart("state", () -> RecordCodec.toValue(stateful.state()));
    } catch (PeripheralCalls.ThrownException | PeripheralCalls.LostException e) {
      throw new PeripheralException(e.getMessage(), e);
    }
  }

  void restore(List<Boolean> levels, List<Long> times, Value own) {
    StateShape.requireCount("interrupt lines", levels.size(), lines.size());
    StateShape.requireCount("timers", times.size(), alarms.size());
    if (!(peripheral instanceof StatefulPeripheral<?> stateful)) {
      throw new IllegalArgumentException(code.label() + " is no StatefulPeripheral");
    }
    try {
      boolean ignored = calls.apart("restore", () -> restore(stateful, own));
    } catch (PeripheralCalls.ThrownException | PeripheralCalls.LostException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
    for (int n = 0; n < lines.size(); n++) {
      lines.get(n).set(levels.get(n));
    }
    synchronized (lock) {
      for (int n = 0; n < alarms.size(); n++) {
        alarms.get(n).due = times.get(n);
      }
    }
  }

  private static <S extends Record> boolean restore(StatefulPeripheral<S> device, Value own) {
    device.restore(RecordCodec.fromValue(own, device.stateType()));
    return true;
  }

  // ------------------------------------------------------------ what it has around it

  @Override
  public String name() {
    return name;
  }

  @Override
  public String vm() {
    return wiring.vm();
  }

  @Override
  public Settings settings() {
    return settings;
  }

  @Override
  public atoll.peripheral.InterruptLine interrupt(int number) {
    if (number < 0 || number >= lines.size()) {
      throw new IllegalArgumentException(
          "device %s has %d interrupt lines, and no line %d; say how many it has, as in interrupts: %d"
              .formatted(name, lines.size(), number, number + 1));
    }
    return lines.get(number);
  }

  @Override
  public int interrupts() {
    return lines.size();
  }

  @Override
  public GuestTimer timer(Runnable expired) {
    Objects.requireNonNull(expired, "expired");
    if (peripheral != null || alarms.size() == MOST_TIMERS) {
      throw new IllegalStateException(
          "a device makes its timers in its constructor, and at most %d".formatted(MOST_TIMERS));
    }
    Alarm alarm = new Alarm(expired);
    alarms.add(alarm);
    return alarm;
  }

  @Override
  public long nanos() {
    return wiring.clock().nanos();
  }

  @Override
  public Dma dma() {
    return dma;
  }

  @Override
  public boolean perform(Runnable action) {
    Objects.requireNonNull(action, "action");
    if (closed || !actions.offer(action)) {
      return false;
    }
    wake();
    return true;
  }

  @Override
  public void notice(String text) {
    wiring.noticed().accept("device %s: %s".formatted(name, text));
  }

  // ------------------------------------------------------------ on a timer's thread

  private void wake() {
    wiring.timers().at(wiring.clock().nanos(), this::drain);
  }

  /** Those that wait now: an action may ask for another. */
  private void drain() {
    for (int left = actions.size(); going && left > 0; left--) {
      charge(() -> calls.make("an action", this::act));
    }
    if (going && !actions.isEmpty()) {
      wake();
    }
  }

  private void act() {
    Runnable action = going ? actions.poll() : null;
    if (action != null) {
      action.run();
    }
  }

  private void charge(Runnable work) {
    ThreadTime used = CPU_TIME.get();
    long before = used.nanos();
    work.run();
    long after = used.nanos();
    wiring.payers().get().accept(Math.max(0, after - before));
  }

  private final class Alarm implements GuestTimer {
    private final Runnable expired;
    private long due = NEVER;

    @Unsaved("armed again")
    private Timers.Armed armed = () -> {};

    private Alarm(Runnable expired) {
      this.expired = expired;
    }

    @Override
    public void at(long nanos) {
      synchronized (lock) {
        due = Math.max(0, nanos);
        arm();
      }
    }

    @Override
    public void after(long nanos) {
      long at = wiring.clock().nanos() + Math.max(0, nanos);
      at(at < 0 ? Long.MAX_VALUE : at);
    }

    @Override
    public void cancel() {
      synchronized (lock) {
        due = NEVER;
        disarm();
      }
    }

    @Override
    public OptionalLong due() {
      synchronized (lock) {
        return due == NEVER ? OptionalLong.empty() : OptionalLong.of(due);
      }
    }

    private void arm() {
      disarm();
      if (going && due != NEVER) {
        armed = wiring.timers().at(due, this::ring);
      }
    }

    private void disarm() {
      armed.cancel();
      armed = () -> {};
    }

    private void ring() {
      charge(() ->
          calls.make(
              "a timer",
              () -> {
                if (over()) {
                  expired.run();
                }
              }));
    }

    /** It may come late: after it was set to another time. */
    private boolean over() {
      synchronized (lock) {
        boolean over = going && due != NEVER && due <= wiring.clock().nanos();
        due = over ? NEVER : due;
        return over;
      }
    }
  }

  private static final class Line implements atoll.peripheral.InterruptLine {
    private final InterruptLine wire;
    private boolean high;

    @Unsaved("as long as the device has its place")
    private boolean connected;

    private Line(InterruptLine wire) {
      this.wire = wire;
    }

    @Override
    public synchronized void set(boolean level) {
      high = level;
      if (connected) {
        wire.set(level);
      }
    }

    @Override
    public synchronized boolean high() {
      return high;
    }

    private synchronized void connect(boolean on) {
      connected = on;
      if (on) {
        wire.set(high);
      }
    }
  }

  private final class Granted implements Dma {
    @Override
    public boolean allows(long address, long length, boolean write) {
      synchronized (lock) {
        return going
            && length >= 0
            && code.dma().covers(address, length, write)
            && inRam(address, length);
      }
    }

    private boolean inRam(long address, long length) {
      GuestMemory memory = wiring.memory();
      long offset = address - memory.base();
      return offset >= 0 && length <= memory.size() - offset;
    }

    @Override
    public boolean read(long address, byte[] into) {
      synchronized (lock) {
        if (!allows(address, into.length, false)) {
          return false;
        }
        System.arraycopy(wiring.memory().read(address, into.length), 0, into, 0, into.length);
        return true;
      }
    }

    @Override
    public boolean write(long address, byte[] bytes) {
      synchronized (lock) {
        GuestMemory memory = wiring.memory();
        if (!allows(address, bytes.length, true) || !memory.writable(address, bytes.length)) {
          return false;
        }
        memory.write(address, bytes);
        return true;
      }
    }
  }
}
