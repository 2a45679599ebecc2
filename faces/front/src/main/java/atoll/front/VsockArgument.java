package atoll.front;

import atoll.image.RefusedException;
import atoll.scenario.VsockDescription;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads {@code socket=PATH[,cid=N]}, in any order. The socket's name has no comma. */
final class VsockArgument implements ITypeConverter<VsockDescription> {
  private static final String SOCKET = "socket=";
  private static final String CID = "cid=";

  @Override
  public VsockDescription convert(String value) {
    Optional<Path> socket = Optional.empty();
    Optional<Long> cid = Optional.empty();
    for (String word : value.split(",", -1)) {
      if (word.startsWith(SOCKET) && socket.isEmpty()) {
        Path path = new FileName().convert(word.substring(SOCKET.length()));
        VsockDescription.obstacle(path)
            .ifPresent(why -> {
              throw new TypeConversionException(why);
            });
        socket = Optional.of(path);
      } else if (word.startsWith(CID) && cid.isEmpty()) {
        cid = Optional.of(number(word.substring(CID.length())));
      } else {
        throw new TypeConversionException(
            "'%s' is no part of --vsock, expected socket=PATH[,cid=N]".formatted(word));
      }
    }
    if (socket.isEmpty()) {
      throw new TypeConversionException("--vsock needs a socket of the host: socket=PATH");
    }
    try {
      return new VsockDescription(cid, socket, List.of());
    } catch (RefusedException e) {
      throw new TypeConversionException(e.getMessage());
    }
  }

  private static long number(String text) {
    if (!text.matches("\\d{1,10}")) {
      throw new TypeConversionException(
          "cid=%s is not understood, expected %s".formatted(text, VsockDescription.CIDS));
    }
    return Long.parseLong(text);
  }
}
