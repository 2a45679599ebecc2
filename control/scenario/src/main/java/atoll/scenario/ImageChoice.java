package atoll.scenario;

import atoll.image.Recipe;
import java.util.Objects;
import java.util.Optional;

/**
 * Which image a VM starts from, and whose disk it works on.
 *
 * @param name of the image
 * @param own the recipe that the image has to be of; otherwise any image of that name will do
 * @param fresh whether each start of the system begins with the image, and leaves nothing
 * @param owner whose disk it is
 */
public record ImageChoice(String name, Optional<Recipe> own, boolean fresh, Owner owner) {
  /**
   * Whose a disk is, which stays from one start to the next.
   *
   * @param system the scenario, such that no other one has the same
   * @param vm its name there
   */
  public record Owner(String system, String vm) {
    public Owner {
      Objects.requireNonNull(system, "system");
      Objects.requireNonNull(vm, "vm");
    }
  }

  public ImageChoice {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(own, "own");
    Objects.requireNonNull(owner, "owner");
  }

  /** What it can be made of if it is not there. */
  public Optional<Recipe> recipe() {
    return own.isEmpty() && name.equals(RecipeReader.DEBIAN)
        ? Optional.of(RecipeReader.debian())
        : own;
  }

  /** For who reads a plan. */
  String label() {
    return "disk of image %s (%s)".formatted(name, fresh ? "new at each start" : "kept");
  }
}
