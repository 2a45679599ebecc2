package atoll.net;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The host's name servers, as its file says now (resolv.conf(5)). */
final class Resolvers {
  private static final int DNS = 53;
  private static final int MOST = 8;
  private static final long LARGEST = 64 << 10;

  /** How long the file is not looked at again. */
  private static final long FRESH = 2_000_000_000L;

  private static final String WORD = "nameserver";

  private final Path file;
  private List<InetSocketAddress> servers = List.of();
  private FileTime changed;
  private long looked = Long.MIN_VALUE;
  private int turn;

  Resolvers(Path file) {
    this.file = file;
  }

  /** The one to ask now, if there is any. */
  Optional<InetSocketAddress> current(long now) {
    if (looked == Long.MIN_VALUE || now - looked > FRESH) {
      looked = now;
      look();
    }
    return servers.isEmpty() ? Optional.empty() : Optional.of(servers.get(turn % servers.size()));
  }

  /** One does not answer: the next one's turn, unless that has come already. */
  void silent(InetSocketAddress server) {
    if (!servers.isEmpty() && servers.get(turn % servers.size()).equals(server)) {
      turn = (turn + 1) % servers.size();
    }
  }

  private void look() {
    try {
      FileTime time = Files.getLastModifiedTime(file);
      if (!time.equals(changed)) {
        servers = Files.size(file) > LARGEST ? List.of() : parse(Files.readAllLines(file));
        changed = time;
        turn = 0;
      }
    } catch (IOException e) {
      servers = List.of(); // There is no name server, and guests are told so.
      changed = null;
    }
  }

  static List<InetSocketAddress> parse(List<String> lines) {
    List<InetSocketAddress> found = new ArrayList<>();
    for (String line : lines) {
      String[] words = line.strip().split("\\s+", -1);
      if (words.length >= 2 && words[0].equals(WORD) && found.size() < MOST) {
        address(words[1]).ifPresent(address -> found.add(new InetSocketAddress(address, DNS)));
      }
    }
    return found;
  }

  private static Optional<InetAddress> address(String literal) {
    try {
      return Optional.of(InetAddress.ofLiteral(literal));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
