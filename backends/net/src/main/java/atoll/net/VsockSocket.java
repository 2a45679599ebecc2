package atoll.net;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** A program of the host at the other side of a guest's stream, by a Unix socket. */
final class VsockSocket implements VsockFar, NetworkLoop.Ready {
  private static final int READS_AT_ONCE = 4;

  private final VsockHub hub;
  private final VsockConnection guest;
  private final SocketChannel channel;

  /** What the program is told when the guest has agreed; empty if it is the guest that asked. */
  private final String greeting;

  private final SelectionKey key;
  private int interest;
  private boolean outputShut;

  /** The guest has done with it, but not all has been written. */
  private boolean draining;

  /**
   * @param greeting what the program is told when the guest has agreed, or nothing
   * @throws IOException if the socket is closed already
   */
  VsockSocket(VsockHub hub, VsockConnection guest, SocketChannel channel, String greeting)
      throws IOException {
    this.hub = hub;
    this.guest = guest;
    this.channel = channel;
    this.greeting = greeting;
    key = hub.loop().register(channel, 0, this);
  }

  /**
   * Connects to a program that listens, without waiting for it.
   *
   * @throws IOException if none does, or none has time for another
   */
  static SocketChannel connect(Path path) throws IOException {
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      channel.configureBlocking(false);
      if (!channel.connect(UnixDomainSocketAddress.of(path))) {
        throw new IOException("the program that listens there is busy");
      }
      return channel;
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  /** The end of the guest's that it belongs to. */
  VsockConnection guest() {
    return guest;
  }

  @Override
  public void ready() {
    try {
      if (key.isWritable()) {
        push();
      }
      if (key.isValid() && key.isReadable()) {
        pull();
      }
      watch();
    } catch (IOException e) {
      failed();
    }
  }

  /** The program is gone. */
  private void failed() {
    if (draining) {
      close();
    } else {
      guest.reset();
    }
  }

  private void pull() throws IOException {
    for (int n = 0; n < READS_AT_ONCE && guest.hungry(); n++) {
      int got = guest.toGuest().read(channel, guest.window());
      if (got == -1) {
        guest.farSilent();
      } else if (got <= 0) {
        break;
      }
    }
    guest.queue();
  }

  private void push() throws IOException {
    ByteRing ring = guest.fromGuest();
    int before = ring.size();
    ring.write(channel);
    guest.forwarded(before - ring.size());
    if (ring.size() > 0 || !guest.silent()) {
      return;
    }
    if (draining) {
      close();
    } else if (!outputShut) {
      outputShut = true;
      SocketChannel ignored = channel.shutdownOutput();
    }
  }

  /** Asks the loop for what can be done. */
  private void watch() {
    int wanted =
        (guest.hungry() ? SelectionKey.OP_READ : 0)
            | (guest.fromGuest().size() > 0 ? SelectionKey.OP_WRITE : 0);
    if (wanted != interest && key.isValid()) {
      interest = wanted;
      SelectionKey ignored = key.interestOps(wanted);
    }
  }

  @Override
  public int take(ByteBuffer from, int at, int bytes) throws IOException {
    try {
      return channel.write(from.limit(at + bytes).position(at));
    } finally {
      from.clear();
    }
  }

  @Override
  public void arrived() throws IOException {
    push();
    watch();
  }

  @Override
  public void given(int bytes) {
    watch();
  }

  @Override
  public void answered() throws IOException {
    if (!greeting.isEmpty()) {
      int ignored = channel.write(ByteBuffer.wrap(greeting.getBytes(StandardCharsets.US_ASCII)));
    }
    watch();
  }

  @Override
  public void end(boolean all) {
    draining = all && guest.fromGuest().size() > 0;
    if (!draining) {
      close();
    } else {
      hub.drains(this);
      watch();
    }
  }

  private void close() {
    guest.fromGuest().clear();
    key.cancel();
    hub.drained(this);
    NetworkLoop.discard(channel);
  }
}
