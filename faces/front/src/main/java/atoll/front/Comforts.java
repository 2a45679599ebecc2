package atoll.front;

import atoll.host.HostException;
import atoll.scenario.ShareSpec;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/**
 * What an image's system is given unless its user says otherwise: the network, by which SSH reaches
 * it from the host, and a folder that it shares with the host.
 */
final class Comforts {
  private static final String TAG = "work";
  private static final String PLACE = "/root/work";
  private static final int SSH = 22;
  private static final int FIRST_PORT = 2222;
  private static final int PORTS = 10;

  private final List<String> words = new ArrayList<>();

  /** The network, with the first port that nothing else of the host listens at. */
  NetArgument network() {
    OptionalInt port =
        IntStream.range(FIRST_PORT, FIRST_PORT + PORTS).filter(Comforts::isFree).findFirst();
    if (port.isEmpty()) {
      words.add(
          "the network, without SSH from the host (ports %d to %d are in use)"
              .formatted(FIRST_PORT, FIRST_PORT + PORTS - 1));
      return new NetArgument.Converter().convert("user");
    }
    words.add("ssh -p %d root@localhost".formatted(port.getAsInt()));
    return new NetArgument.Converter()
        .convert("user,forward=127.0.0.1:%d:%d".formatted(port.getAsInt(), SSH));
  }

  /**
   * The folder, made if it is not there; none if the user shares one by the same name.
   *
   * @param data Atoll's folder of what a user keeps
   * @param others what the user shares
   */
  Optional<ShareSpec> folder(Path data, List<ShareSpec> others) {
    if (others.stream().anyMatch(Comforts::takesItsPlace)) {
      return Optional.empty();
    }
    Path folder = data.resolve(TAG);
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new HostException(
          "cannot make the folder %s that is shared with the guest (%s); share another by --share DIR,tag=%s, or none by --isolated"
              .formatted(folder, HostException.reason(e), TAG),
          e);
    }
    words.add("%s is %s here".formatted(PLACE, folder));
    return Optional.of(new ShareSpec(folder, TAG, false, Optional.of(PLACE)));
  }

  private static boolean takesItsPlace(ShareSpec other) {
    return other.tag().equals(TAG) || other.place().equals(PLACE);
  }

  /** What a user is told of it; empty if there is nothing to tell. */
  Optional<String> told() {
    return words.isEmpty() ? Optional.empty() : Optional.of(String.join("; ", words));
  }

  private static boolean isFree(int port) {
    try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      return socket.isBound();
    } catch (IOException e) {
      return false;
    }
  }
}
