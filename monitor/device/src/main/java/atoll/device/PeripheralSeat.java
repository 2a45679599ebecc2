package atoll.device;

import atoll.device.PeripheralCalls.Call;
import atoll.host.ThreadTime;
import atoll.host.Timers;
import atoll.memory.GuestMemory;
import atoll.peripheral.Board;
import atoll.peripheral.Dma;
import atoll.peripheral.GuestTimer;
import atoll.peripheral.Peripheral;
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
 * One device of a user's own in its place, and what it has around it. Guarded by the lock of the
 * place, but for what a {@link Board} says of other threads.
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
  private final Object lock;
  private final Settings settings;
  private final List<Line> lines;
  private final Dma dma = new Granted();

  @Unsaved("made by the device's constructor; their times are saved")
  private final List<Alarm> alarms = new ArrayList<>();

  @Unsaved("of threads outside the machine")
  private final ArrayBlockingQueue<Runnable> actions = new ArrayBlockingQueue<>(MOST_ACTIONS);

  /** Set once. */
  private Peripheral peripheral;

  @Unsaved("of whoever holds the machine")
  private boolean going;

  @Unsaved("a device that is closed has no state")
  private volatile boolean closed;

  /**
   * Makes the device.
   *
   * @param lock held while its code is called
   * @throws PeripheralException if it cannot be made
   */
  PeripheralSeat(String name, PeripheralCode code, PeripheralWiring wiring, Object lock) {
    this.name = name;
    this.wiring = wiring;
    this.code = code;
    this.lock = lock;
    calls = new PeripheralCalls(device(), wiring);
    settings = new Settings(code.settings());
    lines = wiring.lines().stream().map(Line::new).toList();
    peripheral = make();
  }

  private String device() {
    return "device %s (%s)".formatted(name, code.label());
  }

  private Peripheral make() {
    try {
      Peripheral made = Objects.requireNonNull(code.factory().create(this), "no device was made");
      peripheral = made;
      settings.requireAllAsked();
      return made;
    } catch (SettingException e) {
      close();
      throw new PeripheralException(device() + ": " + e.getMessage(), e);
    } catch (Throwable e) {
      close();
      throw new PeripheralException(calls.describe(new Call("its constructor"), e), e);
    }
  }

  // ------------------------------------------------------------ what the place does with it

  Peripheral peripheral() {
    return peripheral;
  }

  PeripheralCalls calls() {
    return calls;
  }

  /** The lines are its own from now on. */
  void connect() {
    lines.forEach(line -> line.connect(true));
  }

  /** Lets timers and actions go on. */
  void go() {
    going = true;
    alarms.forEach(Alarm::arm);
    if (!actions.isEmpty()) {
      wake();
    }
  }

  /** Holds timers, actions and access to memory. */
  void hold() {
    going = false;
    alarms.forEach(Alarm::disarm);
  }

  /** The device leaves its place; the lines stay as they are. */
  void close() {
    closed = true;
    hold();
    actions.clear();
    lines.forEach(line -> line.connect(false));
    if (peripheral != null) {
      try {
        peripheral.close();
      } catch (Throwable e) {
        wiring.noticed().accept(calls.describe(new Call("close"), e));
      }
    }
  }

  List<Boolean> levels() {
    return lines.stream().map(Line::high).toList();
  }

  /** When its timers are due, or -1. */
  List<Long> times() {
    return alarms.stream().map(alarm -> alarm.due).toList();
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
      return RecordCodec.toValue(stateful.state());
    } catch (Throwable e) {
      throw new PeripheralException(calls.describe(new Call("state"), e), e);
    }
  }

  void restore(List<Boolean> levels, List<Long> times, Value own) {
    StateShape.requireCount("interrupt lines", levels.size(), lines.size());
    StateShape.requireCount("timers", times.size(), alarms.size());
    if (!(peripheral instanceof StatefulPeripheral<?> stateful)) {
      throw new IllegalArgumentException(code.label() + " is no StatefulPeripheral");
    }
    try {
      restore(stateful, own);
    } catch (Throwable e) {
      throw new IllegalArgumentException(calls.describe(new Call("restore"), e), e);
    }
    for (int n = 0; n < lines.size(); n++) {
      lines.get(n).set(levels.get(n));
    }
    for (int n = 0; n < alarms.size(); n++) {
      alarms.get(n).due = times.get(n);
    }
  }

  private static <S extends Record> void restore(StatefulPeripheral<S> device, Value own) {
    device.restore(RecordCodec.fromValue(own, device.stateType()));
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
    synchronized (lock) {
      for (int left = actions.size(); going && left > 0; left--) {
        Runnable action = actions.poll();
        charge(() -> calls.make(new Call("an action"), action));
      }
      if (going && !actions.isEmpty()) {
        wake();
      }
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

    /** May come late: after it was set to another time. */
    private void ring() {
      synchronized (lock) {
        if (going && due != NEVER && due <= wiring.clock().nanos()) {
          due = NEVER;
          charge(() -> calls.make(new Call("a timer"), expired));
        }
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
