package atoll.tests;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Between two ends of TLS: lets so many records of the server's pass (RFC 8446, 5.1), then cuts the
 * connection, and lets nobody come any more.
 */
final class RecordProxy implements AutoCloseable {
  private static final int HEADER = 5;

  private final ServerSocket listening;
  private final int target;
  private final AtomicInteger left;

  /**
   * @param server of this host
   * @param records of the server's that pass
   */
  RecordProxy(String server, int records) throws IOException {
    target = Integer.parseInt(server.substring(server.lastIndexOf(':') + 1));
    left = new AtomicInteger(records);
    listening = new ServerSocket(0, 0, InetAddress.getLoopbackAddress());
    Thread.ofPlatform().daemon().start(this::run);
  }

  String address() {
    return "127.0.0.1:" + listening.getLocalPort();
  }

  private void run() {
    try (Socket client = listening.accept();
        Socket server = new Socket(InetAddress.getLoopbackAddress(), target)) {
      Thread.ofPlatform().daemon().start(() -> copy(client, server));
      records(server.getInputStream(), client.getOutputStream());
      listening.close();
    } catch (IOException e) {
      // One end has gone.
    }
  }

  private static void copy(Socket from, Socket to) {
    try {
      long ignored = from.getInputStream().transferTo(to.getOutputStream());
    } catch (IOException e) {
      // It is cut.
    }
  }

  private void records(InputStream in, OutputStream out) throws IOException {
    DataInputStream from = new DataInputStream(in);
    while (true) {
      byte[] header = from.readNBytes(HEADER);
      if (header.length < HEADER) {
        return;
      }
      byte[] body = from.readNBytes((header[3] & 0xff) << 8 | header[4] & 0xff);
      if (left.getAndDecrement() <= 0) {
        return;
      }
      out.write(header);
      out.write(body);
    }
  }

  @Override
  public void close() throws IOException {
    listening.close();
  }
}
