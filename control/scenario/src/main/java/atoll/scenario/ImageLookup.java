package atoll.scenario;

import atoll.image.Recipe;
import java.util.Optional;

/** Knows the images that a scenario names. */
@FunctionalInterface
public interface ImageLookup {
  /** Knows only those that can be made of a recipe. */
  ImageLookup OF_RECIPES = choice -> choice.recipe().map(Recipe::boot);

  /** How a VM's image is started; nothing if it is not there and cannot be made. */
  Optional<Recipe.Boot> boot(ImageChoice choice);
}
