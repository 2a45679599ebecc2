package atoll.host;

import java.io.EOFException;
import java.io.FileNotFoundException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.Locale;
import javax.net.ssl.SSLException;

/** The host refused something; the message says what was asked and what to do next. */
public final class HostException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public HostException(String message) {
    super(message);
  }

  public HostException(String message, Throwable cause) {
    super(message, cause);
  }

  /**
   * Why something could not be done, in words for a user: the exceptions' own messages often are
   * only a file's name, or nothing, and their classes mean nothing to a user who does not know
   * Java.
   */
  public static String reason(Exception problem) {
    return switch (problem) {
      case UncheckedIOException e -> reason(e.getCause());
      case NoSuchFileException e -> "there is no such file or folder";
      case FileNotFoundException e -> "there is no such file, or it may not be opened";
      case AccessDeniedException e -> "permission denied";
      case FileAlreadyExistsException e -> "there is something with that name";
      case NotDirectoryException e -> "it is not a folder";
      case DirectoryNotEmptyException e -> "it is a folder";
      case FileSystemLoopException e -> "the symbolic links form a loop";
      case FileSystemException e when e.getReason() != null -> plain(e.getReason());
      case FileSystemException e -> "the file system refuses it";
      case EOFException e -> e.getMessage() == null ? "it ends too early" : plain(e.getMessage());
      case UnknownHostException e -> "there is no host with that name";
      case ConnectException e
          when e.getCause() != null
              && e.getCause().getCause() instanceof UnresolvedAddressException ->
          "there is no host with that name";
      case ConnectException e -> "it cannot be reached";
      case SSLException e -> "its TLS certificate is not trusted here, or TLS fails otherwise";
      case ClosedChannelException e -> "it has been closed";
      default ->
          problem.getMessage() == null ? "the host gives no reason" : plain(problem.getMessage());
    };
  }

  /** In the middle of a sentence. */
  private static String plain(String message) {
    boolean sentence =
        message.length() > 1
            && Character.isUpperCase(message.charAt(0))
            && Character.isLowerCase(message.charAt(1));
    return sentence
        ? message.substring(0, 1).toLowerCase(Locale.ROOT) + message.substring(1)
        : message;
  }
}
