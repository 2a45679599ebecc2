package atoll.debug;

import atoll.host.FileType;
import atoll.image.RefusedException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Where debuggers find a server: a port of the host, or a socket in its file system. */
public sealed interface DebugAddress {
  /** What one looks like, for messages. */
  String EXPECTED =
      ":PORT such as :1234 for programs of this host, ADDRESS:PORT, or the path of a socket such as"
          + " ./gdb.sock";

  /** Bytes of the longest name that a socket can have, on Linux and elsewhere (sockaddr_un). */
  int LONGEST_PATH = 103;

  /**
   * A port.
   *
   * @param socket its address; port 0 stands for any that is free
   */
  record OnPort(InetSocketAddress socket) implements DebugAddress {
    @Override
    public boolean open() {
      return !socket.getAddress().isLoopbackAddress();
    }

    @Override
    public String text() {
      String host = socket.getAddress().getHostAddress();
      return "%s:%d".formatted(host.contains(":") ? "[" + host + "]" : host, socket.getPort());
    }
  }

  /**
   * A socket in the file system, for programs that may write to its file.
   *
   * @param file its name
   */
  record OnSocket(Path file) implements DebugAddress {
    @Override
    public SocketAddress socket() {
      return UnixDomainSocketAddress.of(file);
    }

    @Override
    public boolean open() {
      return false;
    }

    @Override
    public String text() {
      String name = file.toString();
      return name.contains("/") ? name : "./" + name; // gdb takes a name without one for a host
    }

    @Override
    public Optional<String> obstacle() {
      Path folder = file.toAbsolutePath().getParent();
      int bytes = file.toString().getBytes(StandardCharsets.UTF_8).length;
      if (bytes > LONGEST_PATH) {
        return Optional.of(
            "the socket's name %s has %d bytes, expected at most %d"
                .formatted(file, bytes, LONGEST_PATH));
      }
      if (folder == null || !Files.isDirectory(folder)) {
        return Optional.of("there is no folder %s; make it, or give another".formatted(folder));
      }
      FileType there = FileType.of(file);
      return there == FileType.MISSING || there == FileType.SOCKET
          ? Optional.empty()
          : Optional.of("%s is there and is no socket, expected another name".formatted(file));
    }
  }

  /** A port of this host's programs, any that is free. */
  String ANY_PORT = ":0";

  /**
   * The address that a person has written.
   *
   * @throws RefusedException if it is none, or cannot be used
   */
  static DebugAddress usable(String written) {
    DebugAddress address =
        parse(written)
            .orElseThrow(() ->
                new RefusedException(
                    "'%s' is no place for a debugger, expected %s".formatted(written, EXPECTED)));
    address
        .obstacle()
        .ifPresent(why -> {
          throw new RefusedException(why);
        });
    return address;
  }

  /** What is bound. */
  SocketAddress socket();

  /** Whether programs of other hosts reach it. */
  boolean open();

  /** As gdb takes it. */
  String text();

  /** Why nothing can listen there, in a sentence; empty if that is not known before. */
  default Optional<String> obstacle() {
    return Optional.empty();
  }

  /** Reads one; a port alone is one of the host's loopback. */
  static Optional<DebugAddress> parse(String text) {
    Matcher port = Form.PORT.matcher(text);
    if (port.matches()) {
      int number = Integer.parseInt(port.group(2));
      return number > Form.MOST
          ? Optional.empty()
          : host(port.group(1)).map(host -> new OnPort(new InetSocketAddress(host, number)));
    }
    String path = text.startsWith(Form.UNIX) ? text.substring(Form.UNIX.length()) : text;
    boolean named = text.startsWith(Form.UNIX) || text.contains("/");
    return named && !path.isEmpty() && path.indexOf('\0') < 0
        ? Optional.of(new OnSocket(Path.of(path)))
        : Optional.empty();
  }

  /** A literal address: names are not asked for. */
  private static Optional<InetAddress> host(String text) {
    try {
      return Optional.of(
          text == null || text.isEmpty()
              ? InetAddress.ofLiteral("127.0.0.1")
              : InetAddress.ofLiteral(text.replaceAll("[\\[\\]]", "")));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** What it looks like. */
  final class Form {
    private static final Pattern PORT =
        Pattern.compile("(?:(\\d{1,3}(?:\\.\\d{1,3}){3}|\\[[0-9a-fA-F:.]+]|):)?(\\d{1,5})");
    private static final String UNIX = "unix:";
    private static final int MOST = 65_535;

    private Form() {}
  }
}
