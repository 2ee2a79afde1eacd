using System.CommandLine;

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
        var option = ValueOption.File(
            "--data",
            "The images: a folder with CIFAR-10 or CIFAR-100 in its binary version, one such .bin file, or 'generated' for images that are drawn on the spot (ten classes, 32×32).",
            "DIR|FILE|generated");
        option.Required = true;
        return option;
    }
}
