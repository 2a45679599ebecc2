package atoll.manager;

import atoll.disk.CheckReport;
import atoll.disk.DiskFormat;
import atoll.disk.DiskLocation;
import atoll.disk.DiskMap;
import atoll.disk.ImageInfo;
import atoll.disk.ImageOptions;
import atoll.disk.ImageTool;
import atoll.nbd.NbdServer;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What is done with disk images that no VM need have.
 *
 * @param <R> what comes of it
 */
public sealed interface DiskAction<R> extends VmAction<R> {
  /**
   * Makes a disk image, in place of a file that is there.
   *
   * @param size bytes; otherwise that of the backing file
   */
  record CreateDisk(Path image, OptionalLong size, ImageOptions options)
      implements DiskAction<Long> {
    public CreateDisk {
      Objects.requireNonNull(image, "image");
      Objects.requireNonNull(options, "options");
    }
  }

  /** What a disk image is, which may be in use. */
  record DescribeDisk(DiskLocation image, Optional<DiskFormat> format)
      implements DiskAction<ImageInfo> {
    public DescribeDisk {
      Objects.requireNonNull(image, "image");
    }
  }

  /**
   * Where the bytes of a disk come from, and so what its images have.
   *
   * @param from the first byte
   * @param until the one behind the last
   * @param most runs to tell of; what is not told of begins at {@link DiskMap#next}
   */
  record MapDisk(DiskLocation image, Optional<DiskFormat> format, long from, long until, int most)
      implements DiskAction<DiskMap> {
    public MapDisk {
      Objects.requireNonNull(image, "image");
      Objects.requireNonNull(format, "format");
    }
  }

  /**
   * Makes, applies or deletes an internal snapshot of a qcow2 image.
   *
   * @param name its name, or its number unless it is made
   */
  record ChangeSnapshot(Path image, ImageTool.SnapshotChange change, String name)
      implements DiskAction<Void> {
    public ChangeSnapshot {
      Objects.requireNonNull(image, "image");
      Objects.requireNonNull(change, "change");
      Objects.requireNonNull(name, "name");
    }
  }

  /** Copies a disk image into a new one of any format, or into an export of a server. */
  record ConvertDisk(
      DiskLocation from,
      Optional<DiskFormat> format,
      DiskLocation to,
      ImageOptions options,
      boolean compressed)
      implements DiskAction<Void> {
    public ConvertDisk {
      Objects.requireNonNull(from, "from");
      Objects.requireNonNull(to, "to");
    }
  }

  /**
   * Gives a disk image another size.
   *
   * @param size bytes
   * @param shrink whether it may become smaller, which loses what is behind
   */
  record ResizeDisk(Path image, Optional<DiskFormat> format, long size, boolean shrink)
      implements DiskAction<Void> {
    public ResizeDisk {
      Objects.requireNonNull(image, "image");
    }
  }

  /** Looks for damage in a disk image, and mends it; nothing comes of a format without tables. */
  record CheckDisk(DiskLocation image, Optional<DiskFormat> format, ImageTool.Repair repair)
      implements DiskAction<Optional<CheckReport>> {
    public CheckDisk {
      Objects.requireNonNull(image, "image");
      Objects.requireNonNull(repair, "repair");
    }
  }

  /** Writes what a disk image has into its backing file, and empties it unless it is kept. */
  record CommitDisk(Path image, boolean keep) implements DiskAction<Void> {
    public CommitDisk {
      Objects.requireNonNull(image, "image");
    }
  }

  /**
   * Gives a disk image another backing file, or none.
   *
   * @param backing as it is to be written into the image
   * @param unsafe whether only the name changes, and the content of the disk may
   */
  record RebaseDisk(
      Path image, Optional<String> backing, Optional<DiskFormat> format, boolean unsafe)
      implements DiskAction<Void> {
    public RebaseDisk {
      Objects.requireNonNull(image, "image");
    }
  }

  /**
   * Offers the disk of an image to NBD clients, until {@link StopServing}. {@link
   * Event.ServingBegan} tells when they can come.
   *
   * @param settings where, and to whom
   */
  record ServeDisk(
      DiskLocation image,
      Optional<DiskFormat> format,
      boolean readOnly,
      NbdServer.Settings settings)
      implements DiskAction<Void> {
    public ServeDisk {
      Objects.requireNonNull(image, "image");
      Objects.requireNonNull(format, "format");
      Objects.requireNonNull(settings, "settings");
    }
  }

  /** Sends all clients of {@link ServeDisk} away, and ends it; does nothing if there is none. */
  record StopServing() implements DiskAction<Void> {}
}
