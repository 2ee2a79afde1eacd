using System.Runtime.CompilerServices;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using MLNet.RandomPruning;

// The one file that reaches what ML.NET keeps internal. The runtime honours these two lines; the compiler reads opened
// reference copies of the two assemblies, which the build makes.
[assembly: IgnoresAccessChecksTo("Microsoft.ML.Core")]
[assembly: IgnoresAccessChecksTo("Microsoft.ML.Data")]

// What lets Model.Load make our transformers in a process that has never heard of them: ML.NET finds this assembly by the full
// name in the model file, and these lines in the assembly.
[assembly: LoadableClass(typeof(RandomPrunedResNetTransformer), null, typeof(SignatureLoadModel), "Randomly pruned ResNet", RandomPrunedResNetTransformer.LoaderSignature)]
[assembly: LoadableClass(typeof(RandomMaskTransformer), null, typeof(SignatureLoadModel), "Random masks", RandomMaskTransformer.LoaderSignature)]
[assembly: LoadableClass(typeof(OutOfDistributionScoreTransformer), null, typeof(SignatureLoadModel), "Out-of-distribution score", OutOfDistributionScoreTransformer.LoaderSignature)]
[assembly: LoadableClass(typeof(OutOfDistributionThresholdTransformer), null, typeof(SignatureLoadModel), "Out-of-distribution threshold", OutOfDistributionThresholdTransformer.LoaderSignature)]
[assembly: LoadableClass(typeof(TemperatureCalibrationTransformer), null, typeof(SignatureLoadModel), "Temperature calibration", TemperatureCalibrationTransformer.LoaderSignature)]

namespace System.Runtime.CompilerServices
{
    /// <summary>Tells the runtime that this assembly may use what another keeps internal.</summary>
    [AttributeUsage(AttributeTargets.Assembly, AllowMultiple = true)]
    internal sealed class IgnoresAccessChecksToAttribute(string assemblyName) : Attribute
    {
        public string AssemblyName { get; } = assemblyName;
    }
}

namespace MLNet.RandomPruning
{
    /// <summary>What this project needs of ML.NET's internals, in terms of public types.</summary>
    internal static class MLNetInternals
    {
        /// <summary>The environment behind <c>mlContext.MulticlassClassification.Trainers</c>.</summary>
        public static IHostEnvironment EnvironmentOf(MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog) =>
            CatalogUtils.GetEnvironment(catalog);

        /// <summary>The environment behind <c>mlContext.MulticlassClassification</c>.</summary>
        public static IHostEnvironment EnvironmentOf(MulticlassClassificationCatalog catalog) => EnvironmentOf(catalog.Trainers);

        /// <summary>The environment behind <c>mlContext.Transforms</c>.</summary>
        public static IHostEnvironment EnvironmentOf(TransformsCatalog catalog) => CatalogUtils.GetEnvironment(catalog);

        /// <summary>A column of a schema's shape.</summary>
        public static SchemaShape.Column ShapeColumn(
            string name, SchemaShape.Column.VectorKind kind, DataViewType itemType, bool isKey, IEnumerable<SchemaShape.Column>? annotations = null) =>
            new(name, kind, itemType, isKey, annotations is null ? null : new SchemaShape(annotations));

        /// <summary>
        /// What a trainer says of itself: it wants neither normalised features nor a cache in front of it, for it keeps its own
        /// copy of the images.
        /// </summary>
        public static TrainerInfo TrainerInfo() => new(normalization: false, caching: false);
    }

    /// <summary>Writes a component of a model file: its version first, then values, then binary entries.</summary>
    internal readonly struct ModelWriter
    {
        private readonly ModelSaveContext _context;

        public ModelWriter(ModelSaveContext context, ModelVersion version)
        {
            _context = context;
            context.CheckAtModel();
            context.SetVersionInfo(version.Info());
        }

        /// <summary>Takes the values of the component.</summary>
        public BinaryWriter Values => _context.Writer;

        /// <summary>Writes an entry of its own beside the values.</summary>
        public void Entry(string name, Action<BinaryWriter> write) => _context.SaveBinaryStream(name, write);
    }

    /// <summary>Reads what <see cref="ModelWriter"/> wrote.</summary>
    internal readonly struct ModelReader
    {
        private readonly ModelLoadContext _context;

        public ModelReader(ModelLoadContext context, ModelVersion version)
        {
            _context = context;
            context.CheckAtModel(version.Info());
        }

        /// <summary>Gives the values of the component.</summary>
        public BinaryReader Values => _context.Reader;

        /// <summary>Reads an entry that need not be there; null where it is not, as in files of older versions.</summary>
        public T? EntryOrNull<T>(string name, Func<BinaryReader, T> read) where T : class
        {
            T? value = null;
            _context.TryLoadBinaryStream(name, entry => value = read(entry));
            return value;
        }

        /// <summary>Reads an entry.</summary>
        /// <exception cref="InvalidDataException">There is none of this name, or what it holds is refused; the message names it.</exception>
        public T Entry<T>(string name, Func<Stream, T> read) where T : class
        {
            T? value = null;
            try
            {
                _context.TryLoadBinaryStream(name, entry => value = read(entry.BaseStream));
            }
            catch (InvalidDataException e)
            {
                throw new InvalidDataException($"The entry '{name}' of the model file cannot be used. {e.Message}", e);
            }

            return value ?? throw new InvalidDataException($"The model file is corrupt: it has no entry '{name}'.");
        }
    }

    /// <summary>Who wrote a component of a model file, and in which version of its format.</summary>
    /// <param name="Signature">Eight characters that tell this kind of component from others.</param>
    /// <param name="Written">The version of the format that is written, for example 0x00010001.</param>
    /// <param name="Readable">The oldest version of the code that can read what is written.</param>
    /// <param name="ReadsBackTo">The oldest version of the format that this code reads.</param>
    /// <param name="Loader">The name under which the loader is registered.</param>
    internal sealed record ModelVersion(string Signature, uint Written, uint Readable, uint ReadsBackTo, string Loader)
    {
        internal VersionInfo Info() => new(
            modelSignature: Signature, verWrittenCur: Written, verReadableCur: Readable, verWeCanReadBack: ReadsBackTo,
            loaderAssemblyName: typeof(ModelVersion).Assembly.FullName, loaderSignature: Loader);
    }

    public sealed partial class RandomPrunedResNetTransformer
    {
        // ML.NET finds it by its name and calls it to make the transformer that a model file holds.
        private static RandomPrunedResNetTransformer Create(IHostEnvironment env, ModelLoadContext ctx) => Load(env, new ModelReader(ctx, Version));
    }

    public sealed partial class RandomMaskTransformer
    {
        private static RandomMaskTransformer Create(IHostEnvironment env, ModelLoadContext ctx) => Load(env, new ModelReader(ctx, Version));
    }

    public sealed partial class OutOfDistributionScoreTransformer
    {
        private static OutOfDistributionScoreTransformer Create(IHostEnvironment env, ModelLoadContext ctx) => Load(env, new ModelReader(ctx, Version));
    }

    public sealed partial class OutOfDistributionThresholdTransformer
    {
        private static OutOfDistributionThresholdTransformer Create(IHostEnvironment env, ModelLoadContext ctx) => Load(env, new ModelReader(ctx, Version));
    }

    public sealed partial class TemperatureCalibrationTransformer
    {
        private static TemperatureCalibrationTransformer Create(IHostEnvironment env, ModelLoadContext ctx) => Load(env, new ModelReader(ctx, Version));
    }
}
