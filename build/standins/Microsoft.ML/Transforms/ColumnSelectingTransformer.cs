using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms;

[assembly: LoadableClass(typeof(ColumnSelectingTransformer), null, typeof(SignatureLoadModel), "Select columns", ColumnSelectingTransformer.LoaderSignature)]

namespace Microsoft.ML.Transforms;

/// <summary>Keeps some columns, in a given order, and leaves out the others.</summary>
public sealed class ColumnSelectingTransformer : ITransformer
{
    internal const string LoaderSignature = "SelectColumnsTransform";

    private readonly ColumnSelection _selection;

    internal ColumnSelectingTransformer(ColumnSelection selection)
    {
        _selection = selection;
    }

    bool ITransformer.IsRowToRowMapper => true;

    /// <summary>The columns that are kept.</summary>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        return new SelectedColumns(inputSchema, _selection.Apply(inputSchema)).OutputSchema;
    }

    /// <summary>The data with the columns that are kept.</summary>
    public IDataView Transform(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return new SelectedColumnsView(input, new SelectedColumns(input.Schema, _selection.Apply(input.Schema)));
    }

    IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        return new SelectedColumns(inputSchema, _selection.Apply(inputSchema));
    }

    internal static ColumnSelectingTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        ctx.CheckAtModel(Version());
        var mode = (ColumnSelection.Mode)ctx.Reader.ReadByte();
        bool keepHidden = ctx.Reader.ReadBoolean();
        var names = new string[ValueCodec.ReadCount(ctx.Reader, "columns")];
        for (int i = 0; i < names.Length; i++)
        {
            names[i] = ctx.Reader.ReadString();
        }
        return new ColumnSelectingTransformer(new ColumnSelection(names, mode, keepHidden));
    }

    void ICanSaveModel.Save(ModelSaveContext ctx)
    {
        ArgumentNullException.ThrowIfNull(ctx);
        ctx.CheckAtModel();
        ctx.SetVersionInfo(Version());
        ctx.Writer.Write((byte)_selection.Selecting);
        ctx.Writer.Write(_selection.KeepHidden);
        ctx.Writer.Write(_selection.Names.Count);
        foreach (string name in _selection.Names)
        {
            ctx.Writer.Write(name);
        }
    }

    private static VersionInfo Version() => new("SELCOLST", 0x00010001, 0x00010001, 0x00010001,
        typeof(ColumnSelectingTransformer).Assembly.FullName, LoaderSignature);
}
