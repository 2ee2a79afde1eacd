using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Models;
using MLNet.RandomPruning.Onnx;

namespace MLNet.RandomPruning.ExportCheck;

/// <summary>Writes models in all forms, and what this library says to the images.</summary>
internal static class ExportStep
{
    private const int GeneratedCount = 500;

    // Networks that PyTorch makes up and this library imports: name and the share of weights that are zero.
    private static readonly (string Network, double Sparsity)[] FromTorch = [("ResNet-20-16", 0), ("ResNet-20-16", 0.9), ("ResNet-56-8", 0.98)];

    public static void Run(string folder, string[] paths, string? data, int? imageCount, string[] formNames, int threads)
    {
        var forms = ExportForm.Find(formNames);
        if (paths.Length > 0 && data is null)
        {
            throw new ArgumentException("Models are scored on CIFAR-10's test images; --data names the folder where they lie.");
        }

        if (imageCount < 1)
        {
            throw new ArgumentException($"--images is {imageCount}, but must be at least 1.");
        }

        Directory.CreateDirectory(folder);
        var set = data is null ? GeneratedImages.Create(imageCount ?? GeneratedCount, seed: 5) : CifarFiles.Load(data, CifarSplit.Test);
        set = set.Slice(0, Math.Min(imageCount ?? set.Count, set.Count));
        var images = ImageBytes.Of(set);
        var (onnx, torch) = (new List<OnnxEntry>(), new List<TorchEntry>());
        foreach (var (name, model) in paths.Length > 0 ? paths.Select(Load) : RandomModels.All())
        {
            Console.Error.WriteLine($"exporting {name} and scoring {images.Count} images ...");
            if (model.Network.InputShape != set.Shape || model.Network.ClassCount != set.ClassCount)
            {
                throw new ArgumentException($"{name} was made for {model.Network.InputShape} images of {model.Network.ClassCount} classes, but these are {set.Shape} of {set.ClassCount}.");
            }

            Export(folder, name, model, images, forms, threads, onnx, torch);
        }

        images.Write(Path.Combine(folder, "images.u8"));
        RawFile.Write<int>(Path.Combine(folder, "labels.i32"), [.. Enumerable.Range(0, set.Count).Select(set.Label)]);
        new Manifest
        {
            Images = "images.u8", Labels = "labels.i32", ImageCount = set.Count, ClassCount = set.ClassCount,
            Shape = [set.Shape.Channels, set.Shape.Height, set.Shape.Width], Onnx = onnx, ToTorch = torch,
            FromTorch = [.. FromTorch.Select(made => ($"{made.Network}-{made.Sparsity * 100:F0}-torch", made)).Select(entry => new TorchEntry(
                entry.Item1, entry.made.Network, $"{entry.Item1}.safetensors", null, $"{entry.Item1}.logits.f32",
                PixelNormalization.Cifar10.Mean, PixelNormalization.Cifar10.StandardDeviation, entry.made.Sparsity))],
        }.Write(folder);
    }

    private static (string Name, TrainedModel Model) Load(string path) => (Path.GetFileNameWithoutExtension(path), TrainedModel.Load(path));

    private static void Export(
        string folder, string name, TrainedModel model, ImageBytes images, IReadOnlyList<ExportForm> forms, int threads, List<OnnxEntry> onnx, List<TorchEntry> torch)
    {
        string original = $"{name}.ours.f32", rounded = $"{name}.ours-int8.f32";
        RawFile.Write<float>(Path.Combine(folder, original), images.Logits(model, threads));
        if (forms.Any(form => form.Options.Int8Weights))
        {
            RawFile.Write<float>(Path.Combine(folder, rounded), images.Logits(Rounded(model), threads));
        }

        foreach (var (form, options) in forms)
        {
            string path = $"{name}.{form}.onnx";
            model.ExportToOnnx(Path.Combine(folder, path), options);
            onnx.Add(new OnnxEntry(
                name, form, path, options.PixelType == OnnxPixelType.Float, options.InterleavedColors ?? false, options.Int8Weights ? rounded : original, original,
                $"{name}.{form}.scores.f32", $"{name}.{form}.labels.i32"));
        }

        string safetensors = $"{name}.torch.safetensors";
        model.ExportSafetensors(Path.Combine(folder, safetensors));
        torch.Add(new TorchEntry(
            name, model.Network.Name, safetensors, original, $"{name}.torch.logits.f32", model.Normalization.Mean, model.Normalization.StandardDeviation, Sparsity: 0));
    }

    /// <summary>The model as it comes back from its own file with 8-bit weights.</summary>
    private static TrainedModel Rounded(TrainedModel model)
    {
        using var stream = new MemoryStream();
        model.Save(stream, ModelPrecision.Int8);
        stream.Position = 0;
        return TrainedModel.Load(stream);
    }
}
