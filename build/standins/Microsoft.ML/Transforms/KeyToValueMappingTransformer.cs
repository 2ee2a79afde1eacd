using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms;

[assembly: LoadableClass(typeof(KeyToValueMappingTransformer), null, typeof(SignatureLoadModel), "Map keys to values", KeyToValueMappingTransformer.LoaderSignature)]

namespace Microsoft.ML.Transforms;

/// <summary>Maps keys to the values that the annotation of their column gives; the missing key to a missing value.</summary>
public sealed class KeyToValueMappingTransformer : OneToOneTransformerBase
{
    internal const string LoaderSignature = "KeyToValueTransform";

    internal KeyToValueMappingTransformer(IHostEnvironment env, params (string outputColumnName, string inputColumnName)[] columns)
        : base(env.Register(nameof(KeyToValueMappingTransformer)), columns)
    {
    }

    internal static KeyToValueMappingTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        ctx.CheckAtModel(Version());
        return new KeyToValueMappingTransformer(env, ColumnPairCodec.Read(ctx.Reader));
    }

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        ArgumentNullException.ThrowIfNull(ctx);
        ctx.CheckAtModel();
        ctx.SetVersionInfo(Version());
        ColumnPairCodec.Write(ctx.Writer, ColumnPairs);
    }

    private protected override IRowMapper MakeRowMapper(DataViewSchema schema) => new Mapper(this, schema);

    private protected override void CheckInputColumn(DataViewSchema inputSchema, int col, int srcCol)
    {
        DataViewSchema.Column column = inputSchema[srcCol];
        if (column.Annotations.Schema.GetColumnOrNull(AnnotationUtils.Kinds.KeyValues) == null)
        {
            throw new InvalidOperationException($"Metadata KeyValues does not exist: column '{column.Name}' of type {column.Type} does not say what its keys stand for.");
        }
        if (!column.HasKeyValues())
        {
            throw new InvalidOperationException($"KeyValues metadata size does not match column type key count: column '{column.Name}' is {column.Type}.");
        }
    }

    private static VersionInfo Version() => new("KEY2VALT", 0x00010001, 0x00010001, 0x00010001,
        typeof(KeyToValueMappingTransformer).Assembly.FullName, LoaderSignature);

    private sealed class Mapper(KeyToValueMappingTransformer parent, DataViewSchema schema) : OneToOneMapperBase(parent, schema)
    {
        private readonly (string outputColumnName, string inputColumnName)[] _columns = parent.ColumnPairs;

        protected override DataViewSchema.DetachedColumn[] GetOutputColumnsCore()
            => [.. _columns.Select((pair, i) =>
            {
                DataViewSchema.Column source = InputSchema[ColMapNewToOld[i]];
                PrimitiveDataViewType value = ValueType(source);
                if (source.Type is not VectorDataViewType vector)
                {
                    return new DataViewSchema.DetachedColumn(pair.outputColumnName, value);
                }
                var annotations = new DataViewSchema.Annotations.Builder();
                annotations.Add(source.Annotations, kind => kind == AnnotationUtils.Kinds.SlotNames);
                return new DataViewSchema.DetachedColumn(pair.outputColumnName, new VectorDataViewType(value, vector.Dimensions), annotations.ToAnnotations());
            })];

        protected override Delegate MakeGetter(DataViewRow input, int iinfo, Func<int, bool> activeOutput, out Action disposer)
        {
            disposer = null;
            DataViewSchema.Column source = InputSchema[ColMapNewToOld[iinfo]];
            Type key = source.Type.GetItemType().RawType;
            return GenericCall.Static<Delegate>(typeof(KeyValueLookup), nameof(KeyValueLookup.MakeGetter), [key, ValueType(source).RawType], input, source);
        }

        private static PrimitiveDataViewType ValueType(DataViewSchema.Column source)
            => ((VectorDataViewType)source.Annotations.Schema[AnnotationUtils.Kinds.KeyValues].Type).ItemType;
    }
}

/// <summary>Getters of the values that keys stand for.</summary>
internal static class KeyValueLookup
{
    /// <summary>The getter of the values of a key column or of a column of vectors of keys.</summary>
    public static Delegate MakeGetter<TKey, TValue>(DataViewRow input, DataViewSchema.Column source)
        where TKey : struct, System.Numerics.IUnsignedNumber<TKey>, System.Numerics.IBinaryInteger<TKey>
    {
        VBuffer<TValue> annotation = default;
        source.GetKeyValues(ref annotation);

        // Slot 0 is the missing value, so that a key is its own index.
        TValue[] values = [Missing<TValue>(), .. annotation.DenseValues()];
        DataViewSchema.Column column = input.Schema[source.Index];
        if (source.Type is not VectorDataViewType)
        {
            ValueGetter<TKey> getter = input.GetGetter<TKey>(column);
            TKey key = default;
            return (ValueGetter<TValue>)((ref TValue value) =>
            {
                getter(ref key);
                value = Look(values, key);
            });
        }

        ValueGetter<VBuffer<TKey>> vectorGetter = input.GetGetter<VBuffer<TKey>>(column);
        bool missingIsDefault = EqualityComparer<TValue>.Default.Equals(values[0], default);
        VBuffer<TKey> keys = default;
        return (ValueGetter<VBuffer<TValue>>)((ref VBuffer<TValue> destination) =>
        {
            vectorGetter(ref keys);
            ReadOnlySpan<TKey> stored = keys.GetValues();
            bool staysSparse = !keys.IsDense && missingIsDefault;
            VBufferEditor<TValue> editor = VBufferEditor.Create(ref destination, keys.Length, staysSparse ? stored.Length : keys.Length);
            ReadOnlySpan<int> indices = keys.GetIndices();
            if (!staysSparse && !keys.IsDense)
            {
                editor.Values.Fill(values[0]);
            }
            for (int i = 0; i < stored.Length; i++)
            {
                editor.Values[staysSparse || keys.IsDense ? i : indices[i]] = Look(values, stored[i]);
            }
            if (staysSparse)
            {
                indices.CopyTo(editor.Indices);
            }
            destination = editor.Commit();
        });
    }

    private static TValue Look<TKey, TValue>(TValue[] values, TKey key)
        where TKey : struct, System.Numerics.IBinaryInteger<TKey>
    {
        ulong index = ulong.CreateTruncating(key);
        return values[index < (ulong)values.Length ? index : 0];
    }

    private static TValue Missing<TValue>()
    {
        if (typeof(TValue) == typeof(float)) return (TValue)(object)float.NaN;
        if (typeof(TValue) == typeof(double)) return (TValue)(object)double.NaN;
        return default;
    }
}
