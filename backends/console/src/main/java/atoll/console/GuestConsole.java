package atoll.console;

import atoll.device.spi.ConsoleBackend;
import java.util.List;

/**
 * One guest's share of the {@link HostConsole}.
 *
 * <p>The console itself is the end that gets the input. A machine with a second console (Linux's
 * log on the UART beside its shell on virtio) gets {@link #outputOnly} for the other one.
 */
public final class GuestConsole implements ConsoleBackend, AutoCloseable {
  private final String name;
  private final ConsoleInput input;
  private final ConsoleOutput output;
  private final Runnable plugged;
  private volatile Receiver receiver;

  /** What a person is told who types while the guest does not read it; empty if it does. */
  private volatile String away = "";

  /** Whether that has been said since it is so. */
  private volatile boolean said;

  /**
   * @param plugged called each time a device is plugged in
   */
  GuestConsole(String name, ConsoleInput input, ConsoleOutput output, Runnable plugged) {
    this.name = name;
    this.input = input;
    this.output = output;
    this.plugged = plugged;
  }

  /**
   * The one of that name.
   *
   * @throws IllegalArgumentException if there is none
   */
  static GuestConsole named(String name, List<GuestConsole> guests) {
    return guests.stream()
        .filter(guest -> guest.name.equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no console was opened for " + name));
  }

  /** The guest's name. */
  public String name() {
    return name;
  }

  /** A second end that shares the output and never gets input. */
  public ConsoleBackend outputOnly() {
    return new OutputOnly();
  }

  /** Writes a line of Atoll's own among the guest's, as {@code atoll: text}. */
  public void note(String text) {
    output.note(text);
  }

  @Override
  public void output(byte[] bytes, int offset, int length) {
    input.spoken();
    output.write(bytes, offset, length);
  }

  @Override
  public void attach(Receiver to) {
    receiver = to;
    back();
    input.attach(to);
    plugged.run();
  }

  /**
   * The guest's life is over, or has not begun: what is typed goes nowhere.
   *
   * @param why told once to a person who types
   * @param again whether another life will begin by itself
   */
  public void unplug(String why, boolean again) {
    receiver = null;
    hold(why);
    input.unplug(again);
  }

  /**
   * The guest stands still for a while, and will get what is typed afterwards.
   *
   * @param why told once to a person who types
   */
  public void hold(String why) {
    said = false;
    away = why;
  }

  /** Ends a {@link #hold}. */
  public void back() {
    away = "";
  }

  /** Why the guest does not read what is typed; empty if it may. */
  String away() {
    return away;
  }

  private void sayWhy() {
    String why = away;
    if (!why.isEmpty() && !said) {
      said = true;
      note(why);
    }
  }

  @Override
  public void ready() {
    input.ready();
  }

  /** Takes what fits of what was typed; returns how much. */
  int typed(byte[] bytes, int offset, int length) {
    sayWhy();
    return input.offer(bytes, offset, length);
  }

  /** Takes all of it, waiting for room; returns false if closed or interrupted meanwhile. */
  boolean put(byte[] bytes, int offset, int length) {
    if (input.unplugged()) {
      sayWhy();
    }
    return input.put(bytes, offset, length);
  }

  /** No more is typed: the guest's terminal gets its end of file behind what has been typed. */
  void end() {
    input.end();
  }

  /** To be called now and then after the {@link #end}; see {@link ConsoleInput#remind}. */
  void remind() {
    input.remind();
  }

  void resized(RawTerminal.Size size) {
    Receiver to = receiver;
    if (to != null && size.columns() > 0 && size.rows() > 0) {
      to.resized(size.columns(), size.rows());
    }
  }

  /** Writes out what is buffered; may be called twice. */
  @Override
  public void close() {
    input.close();
    output.close();
  }

  private final class OutputOnly implements ConsoleBackend {
    @Override
    public void output(byte[] bytes, int offset, int length) {
      output.write(bytes, offset, length);
    }

    @Override
    public void attach(Receiver to) {}

    @Override
    public void ready() {}
  }
}
