using System.Security.Cryptography;
using Microsoft.ML;
using MLNet.RandomPruning.Models;

namespace MLNet.RandomPruning.Tool;

/// <summary>Models in files: ML.NET's, or the bare model file. The same model always gives the same bytes.</summary>
internal static class ModelStore
{
    private const string BareExtension = ".safetensors";

    private static ReadOnlySpan<byte> ZipStart => "PK\x3\x4"u8;

    /// <summary>Writes a model: the bare model file where the path ends in .safetensors, otherwise an ML.NET model. The file is there whole or not at all.</summary>
    /// <param name="mlContext">The context.</param>
    /// <param name="model">The model.</param>
    /// <param name="schema">The schema of the data that it was trained on.</param>
    /// <param name="path">Where to.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static SavedModel Save(MLContext mlContext, RandomPrunedResNetTransformer model, DataViewSchema schema, string path)
    {
        using var content = new MemoryStream();
        if (path.EndsWith(BareExtension, StringComparison.OrdinalIgnoreCase))
        {
            model.Model.Save(content);
        }
        else
        {
            using var archive = new MemoryStream();
            mlContext.Model.Save(model, schema, archive);
            archive.Position = 0;
            using var reproducible = ReproducibleZip.Rewrite(archive);
            reproducible.CopyTo(content);
        }

        AtomicFile.Write(path, "model", content.WriteTo);
        content.Position = 0;
        return new SavedModel(path, content.Length, Convert.ToHexStringLower(SHA256.HashData(content)));
    }

    /// <summary>Reads the randomly pruned network in a file, whichever of the two forms it has.</summary>
    /// <exception cref="IOException">The file is not there or cannot be read.</exception>
    /// <exception cref="InvalidDataException">It is no model file, is damaged or cut short, or has no randomly pruned network in it.</exception>
    public static RandomPrunedResNetTransformer Load(MLContext mlContext, string path)
    {
        if (Directory.Exists(path))
        {
            throw new IOException($"The model '{path}' is a folder; name a file.");
        }

        if (!IsArchive(path))
        {
            return TrainedModel.Load(path).ToTransformer(mlContext);
        }

        ITransformer model;
        try
        {
            model = mlContext.Model.Load(path, out _);
        }
        catch (Exception error) when (error is not (OutOfMemoryException or IOException or UnauthorizedAccessException))
        {
            throw error.Message.Contains(path, StringComparison.Ordinal)
                ? error
                : new InvalidDataException($"The model file '{path}' cannot be used: {error.Message}", error);
        }

        return Networks(model).LastOrDefault()
            ?? throw new InvalidDataException($"The model file '{path}' is an ML.NET model without a randomly pruned network in it.");
    }

    private static bool IsArchive(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            Span<byte> start = stackalloc byte[4];
            return file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) == start.Length && start.SequenceEqual(ZipStart);
        }
        catch (FileNotFoundException)
        {
            throw new FileNotFoundException($"There is no model file '{path}'.", path);
        }
        catch (DirectoryNotFoundException)
        {
            throw new FileNotFoundException($"There is no model file '{path}'.", path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"The model file '{path}' cannot be read: {error.Message}", error);
        }
    }

    private static IEnumerable<RandomPrunedResNetTransformer> Networks(ITransformer model) => model switch
    {
        RandomPrunedResNetTransformer network => [network],
        IEnumerable<ITransformer> chain => chain.SelectMany(Networks),
        _ => [],
    };
}

/// <summary>A model that was written to a file.</summary>
/// <param name="Path">The file.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Sha256">The SHA-256 of its content, in lower-case hexadecimal digits.</param>
internal sealed record SavedModel(string Path, long Bytes, string Sha256);
