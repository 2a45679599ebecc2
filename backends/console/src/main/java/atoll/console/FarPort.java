package atoll.console;

import atoll.device.spi.ConsoleBackend;
import atoll.host.Clock;
import atoll.host.Tasks;
import atoll.line.FarAddress;
import atoll.line.FarLink;
import atoll.line.FarSecurity;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/**
 * A serial port whose other end is at another host or program. While nobody is there the guest sees
 * no carrier, and what it sends is lost, as at an open end.
 */
public final class FarPort implements ConsoleBackend, FarLink.Listener, AutoCloseable {
  private final FarLink link;
  private final PortInput input = new PortInput();
  private final Consumer<String> notices;

  /**
   * Begins to connect, or to listen.
   *
   * @param name of its threads
   * @param clock the host's
   * @param notices told when the far side comes and goes
   * @throws atoll.host.HostException if it cannot listen there
   */
  public FarPort(
      String name,
      FarAddress address,
      FarSecurity security,
      Tasks tasks,
      Clock clock,
      Consumer<String> notices) {
    this.notices = notices;
    link = new FarLink(name, address, security, tasks, clock, this);
    link.open();
  }

  /** Where the far side is, or is to come. */
  public FarAddress address() {
    return link.address();
  }

  @Override
  public void output(byte[] bytes, int offset, int length) {
    boolean ignored = link.send(ByteBuffer.wrap(bytes, offset, length));
  }

  @Override
  public void attach(Receiver receiver) {
    input.attach(receiver);
  }

  @Override
  public void ready() {
    input.ready();
  }

  @Override
  public void up(String peer) {
    notices.accept("the far side is there: " + peer);
    input.carrier(true);
  }

  @Override
  public void down(String why) {
    input.carrier(false);
    notices.accept("the far side is gone: %s; it may return".formatted(why));
  }

  @Override
  public void trouble(String why) {
    notices.accept(why);
  }

  @Override
  public void received(ByteBuffer bytes) throws IOException {
    byte[] piece = new byte[bytes.remaining()];
    bytes.get(piece);
    try {
      for (int given = 0; given < piece.length; ) {
        given += input.offer(piece, given, piece.length - given);
        if (given < piece.length) {
          input.awaitRoom();
        }
      }
    } catch (InterruptedException e) {
      throw FarLink.interrupted(e);
    }
  }

  @Override
  public void close() {
    link.close();
  }
}
