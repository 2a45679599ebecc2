package atoll.share;

import atoll.host.FileCalls;
import atoll.host.FileError;
import atoll.host.FileStatus;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A folder of the host and all that is below it. Nothing leads out of it: every step goes from a
 * descriptor by one name that is not followed if it is a symbolic link, and the way up is looked
 * for from the root downwards.
 */
final class FileTree implements AutoCloseable {
  private static final int ENXIO = 6;
  private static final int ELOOP = 40;
  private static final int PERMISSIONS = 01777;
  private static final int FOLDER_PERMISSIONS = 03777;
  private static final int ACCESS = 0777;

  private final FileCalls calls;
  private final int root;
  private final FileStatus rootStatus;

  /** Over a folder's descriptor, which it closes. */
  FileTree(FileCalls calls, int root) throws FileError {
    this.calls = calls;
    this.root = root;
    rootStatus = calls.status(root);
  }

  FileCalls calls() {
    return calls;
  }

  static boolean isDot(byte[] name) {
    return name.length == 1 && name[0] == '.';
  }

  static boolean isDotDot(byte[] name) {
    return name.length == 2 && name[0] == '.' && name[1] == '.';
  }

  Qid qid(int descriptor) throws FileError {
    return qid(calls.status(descriptor));
  }

  Qid qid(FileStatus status) {
    return Qid.of(status, rootStatus);
  }

  /** Of an entry that is read from a folder; the parent of the root is the root. */
  Qid entryQid(int type, long inode, byte[] name, FileStatus folder) {
    return isDotDot(name) && folder.sameFile(rootStatus)
        ? qid(rootStatus)
        : Qid.ofEntry(type, inode, folder, rootStatus);
  }

  /** A descriptor one step from another; the way up from the root leads to the root. */
  int step(int descriptor, byte[] name) throws FileError {
    return isDotDot(name) ? parent(descriptor) : calls.point(descriptor, name);
  }

  private int parent(int descriptor) throws FileError {
    FileStatus status = calls.status(descriptor);
    if (!status.isFolder()) {
      throw new FileError(FileCalls.ENOTDIR);
    }
    List<byte[]> path = components(pathOf(descriptor));
    return below(path.subList(0, Math.max(0, path.size() - 1)));
  }

  /** A descriptor of what is below the root by a path; no component may lead up. */
  int below(byte[] path) throws FileError {
    return below(components(path));
  }

  private int below(List<byte[]> path) throws FileError {
    int at = calls.point(root);
    try {
      for (byte[] name : path) {
        int next = calls.point(at, name);
        calls.close(at);
        at = next;
      }
      int found = at;
      at = -1;
      return found;
    } finally {
      if (at >= 0) {
        calls.close(at);
      }
    }
  }

  private static List<byte[]> components(byte[] path) throws FileError {
    List<byte[]> components = new ArrayList<>();
    int start = 0;
    for (int i = 0; i <= path.length; i++) {
      if (i == path.length || path[i] == '/') {
        byte[] name = Arrays.copyOfRange(path, start, i);
        if (isDotDot(name)) {
          throw new FileError(FileCalls.EINVAL);
        }
        if (name.length > 0 && !isDot(name)) {
          components.add(name);
        }
        start = i + 1;
      }
    }
    return components;
  }

  /**
   * By which path below the root the host knows a file at this moment.
   *
   * @throws FileError ENOENT if it is no longer there
   */
  byte[] pathOf(int descriptor) throws FileError {
    byte[] base = calls.path(root);
    byte[] whole = calls.path(descriptor);
    if (Arrays.equals(base, whole)) {
      return new byte[0];
    }
    int length = base.length == 1 ? 0 : base.length; // The host's root ends with its slash.
    boolean below =
        whole.length > length
            && Arrays.equals(base, 0, length, whole, 0, length)
            && whole[length] == '/';
    if (!below) {
      throw new FileError(FileCalls.ENOENT);
    }
    return Arrays.copyOfRange(whole, length + 1, whole.length);
  }

  /** Opens what a descriptor points to: a regular file, or a folder for reading. */
  int open(int descriptor, int flags) throws FileError {
    FileStatus status = calls.status(descriptor);
    return switch (status.type()) {
      case FileStatus.FILE -> calls.open(descriptor, flags);
      case FileStatus.FOLDER -> {
        if (flags != 0) {
          throw new FileError(FileCalls.EISDIR);
        }
        yield calls.open(descriptor, 0);
      }
      case FileStatus.LINK -> throw new FileError(ELOOP);
      default -> throw new FileError(ENXIO); // Pipes and devices are the guest's own.
    };
  }

  /** Makes a file, or unless that is asked for alone, opens one of that name. */
  int create(int folder, byte[] name, int flags, boolean exclusive, int mode) throws FileError {
    try {
      int made = calls.create(folder, name, flags, mode & PERMISSIONS);
      return withMode(made, mode & PERMISSIONS);
    } catch (FileError e) {
      if (e.number() != FileCalls.EEXIST || exclusive) {
        throw e;
      }
      return openExisting(folder, name, flags);
    }
  }

  private int openExisting(int folder, byte[] name, int flags) throws FileError {
    int found = calls.point(folder, name);
    try {
      return open(found, flags);
    } finally {
      calls.close(found);
    }
  }

  /** What was made has the mode that was asked for, whatever this process' mask is. */
  private int withMode(int made, int mode) throws FileError {
    try {
      if ((calls.status(made).mode() & ACCESS) != (mode & ACCESS)) {
        calls.mode(made, mode);
      }
      return made;
    } catch (FileError e) {
      calls.close(made);
      throw e;
    }
  }

  Qid makeFolder(int folder, byte[] name, int mode) throws FileError {
    calls.makeFolder(folder, name, mode & FOLDER_PERMISSIONS);
    return made(folder, name, mode & FOLDER_PERMISSIONS);
  }

  /** Makes a regular file, a pipe or a socket; a device would be one of the host. */
  Qid makeNode(int folder, byte[] name, int mode) throws FileError {
    int type = mode & FileStatus.TYPE;
    boolean allowed =
        type == 0
            || type == FileStatus.FILE
            || type == FileStatus.PIPE
            || type == FileStatus.SOCKET;
    if (!allowed) {
      throw new FileError(FileCalls.EPERM);
    }
    calls.makeNode(folder, name, type | mode & PERMISSIONS);
    return made(folder, name, mode & PERMISSIONS);
  }

  private Qid made(int folder, byte[] name, int mode) throws FileError {
    int found = withMode(calls.point(folder, name), mode);
    try {
      return qid(found);
    } finally {
      calls.close(found);
    }
  }

  Qid makeLink(byte[] target, int folder, byte[] name) throws FileError {
    calls.makeLink(target, folder, name);
    int found = calls.point(folder, name);
    try {
      return qid(found);
    } finally {
      calls.close(found);
    }
  }

  /**
   * Sets permissions. A file's set-user-id and set-group-id bits are left out: its owner is whoever
   * runs this process, whom the guest never means.
   */
  void mode(int descriptor, int mode) throws FileError {
    boolean folder = calls.status(descriptor).isFolder();
    calls.mode(descriptor, mode & (folder ? FOLDER_PERMISSIONS : PERMISSIONS));
  }

  /** Sets user and group, -1 for neither; what is so already needs no right. */
  void owner(int descriptor, int user, int group) throws FileError {
    FileStatus now = calls.status(descriptor);
    boolean same = (user == -1 || user == now.user()) && (group == -1 || group == now.group());
    if (!same) {
      calls.owner(descriptor, user, group);
    }
  }

  /** Moves the name by which a file is known. */
  void rename(int descriptor, int newFolder, byte[] newName) throws FileError {
    List<byte[]> path = components(pathOf(descriptor));
    int folder = folderOf(descriptor, path);
    try {
      calls.rename(folder, path.getLast(), newFolder, newName);
    } finally {
      calls.close(folder);
    }
  }

  /** Removes the name by which a file is known. */
  void remove(int descriptor) throws FileError {
    boolean isFolder = calls.status(descriptor).isFolder();
    List<byte[]> path = components(pathOf(descriptor));
    int folder = folderOf(descriptor, path);
    try {
      calls.remove(folder, path.getLast(), isFolder);
    } finally {
      calls.close(folder);
    }
  }

  /** The folder in which the last name of a path stands for a file; the caller closes it. */
  private int folderOf(int descriptor, List<byte[]> path) throws FileError {
    if (path.isEmpty()) {
      throw new FileError(FileCalls.EPERM); // The root's name is not in the tree.
    }
    int folder = below(path.subList(0, path.size() - 1));
    try {
      requireSame(calls.status(descriptor), folder, path.getLast());
      return folder;
    } catch (FileError e) {
      calls.close(folder);
      throw e;
    }
  }

  private void requireSame(FileStatus status, int folder, byte[] name) throws FileError {
    int found = calls.point(folder, name);
    try {
      if (!calls.status(found).sameFile(status)) {
        throw new FileError(FileCalls.ENOENT);
      }
    } finally {
      calls.close(found);
    }
  }

  /** The folder's path, for people. */
  String place() {
    try {
      return new String(calls.path(root), StandardCharsets.UTF_8);
    } catch (FileError e) {
      return "the shared folder";
    }
  }

  @Override
  public void close() {
    calls.close(root);
  }
}
