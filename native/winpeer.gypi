# The addon's one description: the checkout's binding.gyp and the package's native/binding.gyp both include it.
# Paths are relative to this file. Everywhere but on Windows there is nothing to build.
{
  'conditions': [
    ['OS=="win"', {
      'targets': [{
        'target_name': 'winpeer',
        'sources': [
          'addon.cc',
          'calls/crypt-key.cc',
          'calls/crypt-key.h',
          'calls/identity.cc',
          'calls/identity.h',
          'calls/lookup.cc',
          'calls/lookup.h',
          'calls/p2p.cc',
          'calls/p2p.h',
          'calls/winsock.cc',
          'calls/winsock.h',
          'marshal/name-pair.cc',
          'marshal/name-pair.h',
          'marshal/query-set.cc',
          'marshal/query-set.h',
          'marshal/socket-address.cc',
          'marshal/socket-address.h',
          'runtime/arguments.cc',
          'runtime/arguments.h',
          'runtime/call-pool.cc',
          'runtime/call-pool.h',
          'runtime/environment.cc',
          'runtime/environment.h',
          'runtime/handle.cc',
          'runtime/handle.h',
          'runtime/pending-calls.cc',
          'runtime/pending-calls.h',
          'runtime/system-dll.cc',
          'runtime/system-dll.h',
          'runtime/windows-error.cc',
          'runtime/windows-error.h',
          'sdk/identity.h',
          'sdk/layout.cc',
          'sdk/winsock-pnrp.h',
        ],
        'dependencies': ["<!(node -p \"require('node-addon-api').targets\"):node_addon_api_except"],
        'defines': [
          'NAPI_VERSION=8',
          'NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS',
          'NOMINMAX',
          'UNICODE',
          'WIN32_LEAN_AND_MEAN',
          '_WIN32_WINNT=0x0601',
        ],
        'msvs_configuration_attributes': { 'SpectreMitigation': 'Spectre' },
        'msvs_settings': {
          'VCCLCompilerTool': {
            'AdditionalOptions': ['/std:c++20', '/utf-8', '/W4', '/guard:cf', '/sdl', '/Qspectre', '/ZH:SHA_256'],
          },
          'VCLinkerTool': {
            'AdditionalOptions': ['/guard:cf', '/DYNAMICBASE', '/HIGHENTROPYVA', '/NXCOMPAT'],
          },
        },
      }],
    }, {
      'targets': [{ 'target_name': 'winpeer', 'type': 'none' }],
    }],
  ],
}
