package atoll.scenario;

import atoll.host.FileType;
import atoll.image.RefusedException;
import atoll.net.VsockSettings;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * A virtual machine's device for streams.
 *
 * @param cid its context, or one that is chosen for it
 * @param socket where programs of the host connect to it and, with {@code _PORT} behind it, listen
 *     for it; nowhere if there is none
 * @param reach the virtual machines that it may connect to
 */
public record VsockDescription(Optional<Long> cid, Optional<Path> socket, List<String> reach) {
  /** What a number of a context looks like, for messages. */
  public static final String CIDS =
      "a number from %d to %d".formatted(VsockSettings.FIRST_CID, VsockSettings.LAST_CID);

  /** Bytes of the longest name that a socket can have, on Linux and elsewhere (sockaddr_un). */
  private static final int MOST_NAME = 103;

  private static final int PORT = "_4294967295".length();

  /** Why a socket cannot be made there, in a sentence; nothing if it can. */
  public static Optional<String> obstacle(Path socket) {
    Path folder = socket.toAbsolutePath().getParent();
    int bytes = socket.toString().getBytes(StandardCharsets.UTF_8).length;
    if (bytes + PORT > MOST_NAME) {
      return Optional.of(
          "the socket's name %s has %d bytes, and _PORT comes behind it, expected at most %d bytes"
              .formatted(socket, bytes, MOST_NAME - PORT));
    }
    if (folder == null || !Files.isDirectory(folder)) {
      return Optional.of("there is no folder %s; make it, or give another file".formatted(folder));
    }
    FileType there = FileType.of(socket);
    return there == FileType.MISSING || there == FileType.SOCKET
        ? Optional.empty()
        : Optional.of("%s is there and is no socket, expected another name".formatted(socket));
  }

  public VsockDescription {
    Objects.requireNonNull(cid, "cid");
    Objects.requireNonNull(socket, "socket");
    reach = List.copyOf(reach);
    cid.filter(number -> number < VsockSettings.FIRST_CID || number > VsockSettings.LAST_CID)
        .ifPresent(number -> {
          throw new RefusedException("%d is not a context, expected %s".formatted(number, CIDS));
        });
  }
}
