using System.CommandLine;
using System.Globalization;
using MLNet.RandomPruning.Networks;

namespace MLNet.RandomPruning.Tool;

/// <summary>Options that several commands have.</summary>
internal static class CommonOptions
{
    /// <summary>Whether the result is printed as JSON.</summary>
    public static Option<bool> Json() => new("--json")
    {
        Description = "Print the result as one JSON object, the last line on standard output; everything else goes to standard error.",
    };

    /// <summary>The model to use.</summary>
    public static Option<string?> Model()
    {
        var option = ValueOption.File("--model", "The model: an ML.NET model (.zip, .mlnet) with a randomly pruned network in it, or a bare model file (.safetensors).");
        option.Required = true;
        return option;
    }

    /// <summary>The images to train on or to evaluate with.</summary>
    public static Option<string?> Data()
    {
        var option = OptionalData("The images:");
        option.Required = true;
        return option;
    }

    /// <summary>Images that a command can do without.</summary>
    /// <param name="what">What they are, for the help.</param>
    public static Option<string?> OptionalData(string what) => ValueOption.File(
        "--data",
        $"{what} a folder with CIFAR-10 or CIFAR-100 in its binary version, one such .bin file, or 'generated' for images that are drawn on the spot (ten classes, 32×32).",
        "DIR|FILE|generated");

    /// <summary>The share of the training images that is held out.</summary>
    public static Option<double> Validation(string description) => ValueOption.Decimal(
        "--validation", description, 0.1, value => value is >= 0 and < 1, "a number from 0 to below 1");

    /// <summary>How many of the training images there are.</summary>
    public static Option<int?> Subset(string what) => ValueOption.OptionalWhole(
        "--subset", $"{what} the first N images only; with generated images, on N of them. [default: all; {Images.GeneratedTrainingImages} generated ones]", 1);

    /// <summary>How many threads work.</summary>
    public static Option<int?> Threads(string what) => ValueOption.OptionalWhole(
        "--threads", $"The number of threads; {what} does not depend on it. [default: one for each processor]", 1, 1024);

    /// <summary>The size of the images.</summary>
    public static Option<ImageShape> InputSize() => ValueOption.Parsed(
        "--input-size", "The images: rows and columns such as 64x48, one number for square ones, or channels as well, 1x28x28.", "SIZE", "32", ParseSize);

    private static ImageShape ParseSize(string text)
    {
        var lengths = text.Split('x', 'X', '×').Select(part =>
            int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int length) && length is >= 1 and <= 16384 ? length : 0).ToArray();
        return lengths is [> 0] ? new ImageShape(3, lengths[0], lengths[0])
            : lengths is [> 0, > 0] ? new ImageShape(3, lengths[0], lengths[1])
            : lengths is [> 0, > 0, > 0] ? new ImageShape(lengths[0], lengths[1], lengths[2])
            : throw new ArgumentException($"'{text}' is no size; it is rows and columns such as 64x48, one number for both such as 32, or channels, rows and columns such as 1x28x28, each from 1 to 16384.");
    }
}
