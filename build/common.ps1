# What the scripts of this folder share; dot-sourced, not run. Works in Windows PowerShell 5.1 and in PowerShell 7.
$ErrorActionPreference = 'Stop'
$Root = Split-Path -Parent $PSScriptRoot
Set-Location -LiteralPath $Root
$env:DOTNET_NOLOGO = '1'
$env:DOTNET_CLI_TELEMETRY_OPTOUT = '1'
$env:DOTNET_CLI_UI_LANGUAGE = 'en'

# On Linux and macOS the shell scripts do the work, so that there is one way to do it.
function Test-Unix { return [System.IO.Path]::DirectorySeparatorChar -eq '/' }

function Stop-Script([string] $Message, [int] $Code = 1) {
    [Console]::Error.WriteLine("${ScriptName}: $Message")
    exit $Code
}

function Find-Dotnet {
    if (-not (Get-Command dotnet -ErrorAction SilentlyContinue)) {
        Stop-Script 'there is no dotnet on the PATH. Install the .NET 10 SDK, then run this again.'
    }
    # Errors on standard error are the program's words, not a reason to break off.
    $ErrorActionPreference = 'Continue'
    $answer = & dotnet --version 2>&1 | Out-String
    if ($LASTEXITCODE -ne 0) {
        Stop-Script "dotnet does not offer the SDK that global.json names. It said:`n$answer"
    }
}
