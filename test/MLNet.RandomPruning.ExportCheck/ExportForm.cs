using MLNet.RandomPruning.Onnx;

namespace MLNet.RandomPruning.ExportCheck;

/// <summary>One way to write a model as ONNX.</summary>
/// <param name="Name">Its name on the command line and in tables.</param>
/// <param name="Options">The options.</param>
internal sealed record ExportForm(string Name, OnnxExportOptions Options)
{
    public static IReadOnlyList<ExportForm> All { get; } =
    [
        new("dense", new()),
        new("batch-norm", new() { KeepBatchNorm = true }),
        new("float", new() { PixelType = OnnxPixelType.Float, PixelMaximum = 1 }),
        new("interleaved", new() { InterleavedColors = true }),
        new("sparse", new() { SparseInitializers = true }),
        new("int8", new() { Int8Weights = true }),
        new("sparse-int8", new() { SparseInitializers = true, Int8Weights = true }),
    ];

    /// <summary>The forms with these names, all for none.</summary>
    /// <exception cref="ArgumentException">There is no such form.</exception>
    public static IReadOnlyList<ExportForm> Find(string[] names) => names.Length == 0 ? All :
    [
        .. names.Select(name => All.FirstOrDefault(form => form.Name == name)
            ?? throw new ArgumentException($"There is no form '{name}'; the forms are {string.Join(", ", All.Select(form => form.Name))}.")),
    ];
}
