package atoll.net;

import atoll.host.Effects;
import atoll.host.HostException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;

/** A host as a test wants it: a cable, or none, and echoes that the test answers itself. */
final class TestLinks implements HostLinks, EchoHost {
  private final Cable cable;
  EchoHost.Access access = Access.MISSING;
  Unreachable refusal;
  final List<Sent> sent = new ArrayList<>();
  private final Deque<Consumer<Outcome>> coming = new ArrayDeque<>();
  boolean closed;

  /** An echo that has left. */
  @SuppressWarnings("ArrayRecordComponent") // Nobody compares whole ones.
  record Sent(byte[] message, IpAddress to, int hops) {}

  TestLinks(Cable cable) {
    this.cable = cable;
  }

  TestLinks() {
    this(null);
  }

  @Override
  public Cable cable(TapSettings settings, Consumer<String> notices) {
    if (cable == null) {
      throw new HostException("the host has none");
    }
    return cable;
  }

  @Override
  public Cable cable(FarSettings settings, Consumer<String> notices, Consumer<Boolean> carrier) {
    return FarCable.open("far", settings, Effects.host().tasks(), notices, carrier);
  }

  @Override
  public EchoHost echoes(Runnable wake) {
    return this;
  }

  @Override
  public Access open(boolean v4) {
    return access;
  }

  @Override
  public Unreachable send(ByteBuffer message, int length, IpAddress to, int hops) {
    byte[] bytes = new byte[length];
    message.get(0, bytes);
    sent.add(new Sent(bytes, to, hops));
    return refusal;
  }

  @Override
  public boolean ready() {
    return !coming.isEmpty();
  }

  @Override
  public boolean next(Outcome into) {
    Consumer<Outcome> next = coming.poll();
    if (next != null) {
      next.accept(into);
    }
    return next != null;
  }

  @Override
  public void close() {
    closed = true;
  }

  /** Somebody answers an echo. */
  void answer(byte[] message, IpAddress from) {
    coming.add(outcome -> {
      outcome.failed = false;
      outcome.bytes.put(0, message);
      outcome.bytes.put(0, (byte) (from.isV4() ? 0 : 129));
      outcome.length = message.length;
      outcome.from = from;
    });
  }

  /** Somebody says that an echo has failed. */
  void fail(byte[] message, IpAddress from, int type, int code, int info) {
    coming.add(outcome -> {
      outcome.failed = true;
      outcome.bytes.put(0, message);
      outcome.length = 8;
      outcome.from = from;
      outcome.type = type;
      outcome.code = code;
      outcome.info = info;
    });
  }
}
