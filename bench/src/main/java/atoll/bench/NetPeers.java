package atoll.bench;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;

/** The host's programs that a guest measures its network with: iperf3, and one that answers. */
final class NetPeers implements AutoCloseable {
  /** Bytes of a request, and of its answer. */
  static final int BLOCK = 4096;

  private final int iperfPort;
  private final Process iperf;
  private final ServerSocket answers;

  /**
   * Starts both, on the host's loopback.
   *
   * @param program iperf3
   * @throws IOException if it cannot be started
   */
  NetPeers(String program) throws IOException {
    iperfPort = freePort();
    try {
      iperf =
          new ProcessBuilder(program, "-s", "-B", "127.0.0.1", "-p", Integer.toString(iperfPort))
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
    } catch (IOException e) {
      throw new IOException(e.getMessage() + "; install Debian's iperf3, or name it: --iperf3", e);
    }
    answers = new ServerSocket(0, 8, loopback());
    Thread.ofPlatform().daemon().name("answers").start(this::accept);
  }

  private static InetAddress loopback() throws IOException {
    return InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
  }

  private static int freePort() throws IOException {
    try (ServerSocket any = new ServerSocket(0, 1, loopback())) {
      return any.getLocalPort();
    }
  }

  int iperfPort() {
    return iperfPort;
  }

  int answersPort() {
    return answers.getLocalPort();
  }

  private void accept() {
    while (!answers.isClosed()) {
      try (Socket client = answers.accept()) {
        client.setTcpNoDelay(true);
        answer(client);
      } catch (IOException e) {
        // The guest has ended, or the benchmark has.
      }
    }
  }

  /** A block comes back when all of it is there, until the client ends. */
  private static void answer(Socket client) throws IOException {
    byte[] block = new byte[BLOCK];
    DataInputStream in = new DataInputStream(client.getInputStream());
    while (true) {
      in.readFully(block);
      client.getOutputStream().write(block);
    }
  }

  @Override
  public void close() throws IOException {
    iperf.destroy();
    answers.close();
  }
}
