package atoll.manager;

import atoll.image.ImageFiles;
import atoll.image.ImagePull;
import atoll.image.LinuxImages;
import atoll.image.MirrorChoice;
import atoll.image.Recipe;
import atoll.image.UefiFirmware;
import atoll.image.UserDisk;
import atoll.scenario.Engines;
import atoll.scenario.Scenario;
import java.util.List;
import java.util.Objects;

/**
 * What is done with what VMs start from: stock images, firmware, images that are made or fetched.
 *
 * @param <R> what comes of it
 */
public sealed interface ImageAction<R> extends VmAction<R> {
  /**
   * Fetches the stock Linux guest into the cache, unless it is there.
   *
   * @param mirror where from
   * @param newest asks the mirror for newer packages than those in the cache
   */
  record FetchLinux(MirrorChoice mirror, boolean newest) implements ImageAction<LinuxImages> {
    public FetchLinux {
      Objects.requireNonNull(mirror, "mirror");
    }
  }

  /**
   * Fetches UEFI firmware into the cache, unless it is there.
   *
   * @param mirror where from
   * @param newest asks the mirror for a newer package than that in the cache
   */
  record FetchFirmware(MirrorChoice mirror, boolean newest) implements ImageAction<UefiFirmware> {
    public FetchFirmware {
      Objects.requireNonNull(mirror, "mirror");
    }
  }

  /**
   * Makes a disk image, unless there is one of this recipe; takes some minutes.
   *
   * @param mirror where packages are fetched from
   * @param again whether it is made even if it is there, of the archive's present state
   * @param engine a name of {@link Engines}, or {@code auto}, for the VM that builds it
   * @param cpus harts of that VM
   */
  record BuildImage(Recipe recipe, MirrorChoice mirror, boolean again, String engine, int cpus)
      implements ImageAction<ImageFiles> {
    /** Harts that the VM has work for. */
    public static final int CPUS = 2;

    public BuildImage {
      Objects.requireNonNull(recipe, "recipe");
      Objects.requireNonNull(mirror, "mirror");
      Objects.requireNonNull(engine, "engine");
    }

    /** What is made on the way to something else: if it is not there, by usual means. */
    public static BuildImage usual(Recipe recipe) {
      return new BuildImage(recipe, MirrorChoice.USUAL, false, Engines.AUTO, CPUS);
    }
  }

  /**
   * Makes the images that a scenario's VMs start from, unless they are there; takes some minutes.
   * {@link SystemAction.CreateSystem} does so too.
   *
   * @param fresh whether the disks that VMs have of images are removed, and what is on them is lost
   */
  record PrepareImages(Scenario scenario, boolean fresh) implements ImageAction<Void> {
    public PrepareImages {
      Objects.requireNonNull(scenario, "scenario");
    }
  }

  /**
   * Takes a disk image that was made elsewhere among the images, unless it is there; may take long.
   * What it was verified by is in the image's manifest.
   */
  record PullImage(ImagePull.Request request) implements ImageAction<ImageFiles> {
    public PullImage {
      Objects.requireNonNull(request, "request");
    }
  }

  /** The images that there are, by name. */
  record ListImages() implements ImageAction<List<ImageFiles>> {}

  /** Compares an image with what was recorded when it was made: what is wrong, a sentence each. */
  record VerifyImage(String name) implements ImageAction<List<String>> {
    public VerifyImage {
      Objects.requireNonNull(name, "name");
    }
  }

  /**
   * Removes an image.
   *
   * @param disk whether the disk that was made from it goes too, with all that is on it
   * @return bytes that this gives back
   */
  record RemoveImage(String name, boolean disk) implements ImageAction<Long> {
    public RemoveImage {
      Objects.requireNonNull(name, "name");
    }
  }

  /** Whether there is an image of that name, or a disk that was made from one. */
  record HasImage(String name) implements ImageAction<Boolean> {
    public HasImage {
      Objects.requireNonNull(name, "name");
    }
  }

  /**
   * The user's own disk of an image, with what it is booted by; made from the image if it is not
   * there.
   *
   * @param fresh whether it is made anew, and what was on it is lost
   */
  record OpenDisk(String name, boolean fresh) implements ImageAction<UserDisk> {
    public OpenDisk {
      Objects.requireNonNull(name, "name");
    }
  }
}
