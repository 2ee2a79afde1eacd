using System.Security.Cryptography;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.RandomPruning.Models;

namespace MLNet.RandomPruning.Tool;

/// <summary>Models in files: ML.NET's, or the bare model file. The same model always gives the same bytes.</summary>
internal static class ModelStore
{
    private const string BareExtension = ".safetensors";

    // What ML.NET calls the annotation with the values that keys stand for.
    private const string KeyValues = "KeyValues";

    private static ReadOnlySpan<byte> ZipStart => "PK\x3\x4"u8;

    /// <summary>Writes a model: the bare model file where the path ends in .safetensors, otherwise an ML.NET model. The file is there whole or not at all.</summary>
    /// <param name="mlContext">The context.</param>
    /// <param name="model">The model, with the steps of a pipeline around it where there are any.</param>
    /// <param name="path">Where to.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static SavedModel Save(MLContext mlContext, LoadedModel model, string path) => Write(content =>
    {
        if (path.EndsWith(BareExtension, StringComparison.OrdinalIgnoreCase))
        {
            model.Network.Model.Save(content);
        }
        else
        {
            using var archive = new MemoryStream();
            mlContext.Model.Save(model.Pipeline, model.Schema, archive);
            archive.Position = 0;
            using var reproducible = ReproducibleZip.Rewrite(archive);
            reproducible.CopyTo(content);
        }
    }, path);

    /// <summary>Writes a model in a form of its own. The file is there whole or not at all.</summary>
    /// <param name="write">Writes the content.</param>
    /// <param name="path">Where to.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static SavedModel Write(Action<Stream> write, string path)
    {
        using var content = new MemoryStream();
        write(content);
        AtomicFile.Write(path, "model", content.WriteTo);
        content.Position = 0;
        return new SavedModel(path, content.Length, Convert.ToHexStringLower(SHA256.HashData(content)));
    }

    /// <summary>Reads the randomly pruned network in a file, whichever of the two forms it has.</summary>
    /// <exception cref="IOException">The file is not there or cannot be read.</exception>
    /// <exception cref="InvalidDataException">It is no model file, is damaged or cut short, or has no randomly pruned network in it.</exception>
    public static RandomPrunedResNetTransformer Load(MLContext mlContext, string path) => LoadPipeline(mlContext, path).Network;

    /// <summary>Reads the randomly pruned network in a file, and the pipeline that it is a step of.</summary>
    /// <inheritdoc cref="Load"/>
    public static LoadedModel LoadPipeline(MLContext mlContext, string path)
    {
        if (Directory.Exists(path))
        {
            throw new IOException($"The model '{path}' is a folder; name a file.");
        }

        if (!IsArchive(path))
        {
            return Of(TrainedModel.Load(path).ToTransformer(mlContext));
        }

        ITransformer model;
        DataViewSchema? schema;
        try
        {
            model = mlContext.Model.Load(path, out schema);
        }
        catch (Exception error) when (error is not (OutOfMemoryException or IOException or UnauthorizedAccessException))
        {
            throw error.Message.Contains(path, StringComparison.Ordinal)
                ? error
                : new InvalidDataException($"The model file '{path}' cannot be used: {error.Message}", error);
        }

        return Networks(model).LastOrDefault() is { } network
            ? new LoadedModel(model, network, schema ?? SchemaOf(network))
            : throw new InvalidDataException($"The model file '{path}' is an ML.NET model without a randomly pruned network in it.");
    }

    /// <summary>A network without a pipeline around it.</summary>
    public static LoadedModel Of(RandomPrunedResNetTransformer network) => new(network, network, SchemaOf(network));

    /// <summary>Whether the file is a zip archive, as models of ML.NET are.</summary>
    public static bool IsArchive(string path)
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

    // The schema of the data that a network by itself takes: images and their labels.
    private static DataViewSchema SchemaOf(RandomPrunedResNetTransformer network)
    {
        var names = network.Model.ClassNames.Select(name => name.AsMemory()).ToArray();
        var annotations = new DataViewSchema.Annotations.Builder();
        annotations.Add(KeyValues, new VectorDataViewType(TextDataViewType.Instance, names.Length), (ref VBuffer<ReadOnlyMemory<char>> value) =>
        {
            var editor = VBufferEditor.Create(ref value, names.Length);
            names.CopyTo(editor.Values);
            value = editor.Commit();
        });
        var builder = new DataViewSchema.Builder();
        builder.AddColumn(network.FeatureColumnName, network.FeatureColumnType);
        builder.AddColumn(network.LabelColumnName, new KeyDataViewType(typeof(uint), names.Length), annotations.ToAnnotations());
        return builder.ToSchema();
    }

    private static IEnumerable<RandomPrunedResNetTransformer> Networks(ITransformer model) => model switch
    {
        RandomPrunedResNetTransformer network => [network],
        IEnumerable<ITransformer> chain => chain.SelectMany(Networks),
        _ => [],
    };
}

/// <summary>A randomly pruned network and the pipeline around it.</summary>
/// <param name="Pipeline">All steps; the network itself where there are no others.</param>
/// <param name="Network">The step with the network.</param>
/// <param name="Schema">The schema of the pipeline's input.</param>
internal sealed record LoadedModel(ITransformer Pipeline, RandomPrunedResNetTransformer Network, DataViewSchema Schema)
{
    /// <summary>The same pipeline with another network in the place of this one.</summary>
    public LoadedModel With(RandomPrunedResNetTransformer network) => new(Replace(Pipeline, network), network, Schema);

    private ITransformer Replace(ITransformer step, RandomPrunedResNetTransformer network) => step switch
    {
        _ when ReferenceEquals(step, Network) => network,
        IEnumerable<ITransformer> chain => new TransformerChain<ITransformer>([.. chain.Select(inner => Replace(inner, network))]),
        _ => step,
    };
}

/// <summary>A model that was written to a file.</summary>
/// <param name="Path">The file.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Sha256">The SHA-256 of its content, in lower-case hexadecimal digits.</param>
internal sealed record SavedModel(string Path, long Bytes, string Sha256);
